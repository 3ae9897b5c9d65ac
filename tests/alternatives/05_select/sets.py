"""A set of connections, and a dict that knows the unfinished only.

task: serve_many
"""

import select


def serve_many(listener):
    connections = set()
    unfinished = {}
    while True:
        for sock in select.select({listener} | connections, [], [])[0]:
            if sock is listener:
                connections.add(listener.accept()[0])
                continue
            try:
                data = sock.recv(1000)
                text = unfinished.pop(sock, b"") + data
                while (end := text.find(b"\n")) >= 0:
                    sock.sendall(turn_around(text[:end]) + b"\n")
                    text = text[end + 1 :]
                if text:
                    unfinished[sock] = text
            except OSError:
                data = b""
            if not data:
                connections.discard(sock)
                unfinished.pop(sock, None)
                sock.close()
