"""One thread walks the aisle, and another one works at the door.

task: serve_many
diagnosis: M29
"""

import socket
import threading


def serve_many(listener):
    unfinished = {}
    door, bell = socket.socketpair()

    def welcome():
        while True:
            connection, _ = listener.accept()
            unfinished[connection] = b""
            bell.sendall(b"!")

    threading.Thread(target=welcome, daemon=True).start()
    while True:
        readable, _, _ = select.select([door, *unfinished], [], [])
        for sock in readable:
            if sock is door:
                door.recv(4096)
                continue
            try:
                data = sock.recv(4096)
                *lines, rest = (unfinished[sock] + data).split(b"\n")
                unfinished[sock] = rest
                for line in lines:
                    sock.sendall(turn_around(line) + b"\n")
            except OSError:
                data = b""
            if not data:
                del unfinished[sock]
                sock.close()
