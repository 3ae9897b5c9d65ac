"""It keeps the list, and beside it a dict of who has begun a line.

task: mended_walker
"""


def mended_walker(listener):
    connections, begun = [], {}
    while True:
        readable, _, _ = select.select([listener, *connections], [], [])
        for sock in readable:
            if sock is listener:
                connections.append(listener.accept()[0])
                continue
            try:
                data = sock.recv(4096)
                *lines, begun[sock] = (begun.pop(sock, b"") + data).split(
                    b"\n"
                )
                for line in lines:
                    sock.sendall(turn_around(line) + b"\n")
            except OSError:
                data = b""
            if not data:
                begun.pop(sock, None)
                connections.remove(sock)
                sock.close()
