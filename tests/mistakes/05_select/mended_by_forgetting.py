"""It empties its one buffer when another client speaks.

task: mended_walker
diagnosis: M01
"""

def mended_walker(listener):
    connections, buffer, last = [], b"", None
    while True:
        readable, _, _ = select.select([listener, *connections], [], [])
        for sock in readable:
            if sock is listener:
                connections.append(listener.accept()[0])
                continue
            if sock is not last:
                buffer, last = b"", sock
            try:
                data = sock.recv(4096)
                *lines, buffer = (buffer + data).split(b"\n")
                for line in lines:
                    sock.sendall(turn_around(line) + b"\n")
            except OSError:
                data = b""
            if not data:
                connections.remove(sock)
                sock.close()
