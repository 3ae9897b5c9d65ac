"""It takes shutdown() for close(), and keeps the descriptor.

task: serve_many
diagnosis: M32
"""

import socket


def serve_many(listener):
    connections, unfinished = [], {}
    while True:
        readable, _, _ = select.select([listener, *connections], [], [])
        for sock in readable:
            if sock is listener:
                connection, _ = listener.accept()
                connections.append(connection)
                unfinished[connection] = b""
                continue
            try:
                data = sock.recv(4096)
                *lines, rest = (unfinished[sock] + data).split(b"\n")
                unfinished[sock] = rest
                for line in lines:
                    sock.sendall(turn_around(line) + b"\n")
                if not data:
                    sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                data = b""
            if not data:
                connections.remove(sock)
