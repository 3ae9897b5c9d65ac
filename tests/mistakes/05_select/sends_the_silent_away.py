"""It sends away who has said nothing for half a minute.

task: serve_many
diagnosis: M231
"""

import time


def serve_many(listener):
    unfinished, heard = {}, {}
    while True:
        sockets = [listener, *unfinished]
        readable, _, _ = select.select(sockets, [], [], 1)
        now = time.monotonic()
        for sock in readable:
            if sock is listener:
                newcomer, _ = listener.accept()
                unfinished[newcomer], heard[newcomer] = b"", now
                continue
            heard[sock] = now
            try:
                data = sock.recv(4096)
                *lines, rest = (unfinished[sock] + data).split(b"\n")
                unfinished[sock] = rest
                for line in lines:
                    sock.sendall(turn_around(line) + b"\n")
            except OSError:
                data = b""
            if not data:
                heard[sock] = now - 60
        for sock, last in list(heard.items()):
            if now - last > 30:
                del unfinished[sock], heard[sock]
                sock.close()
