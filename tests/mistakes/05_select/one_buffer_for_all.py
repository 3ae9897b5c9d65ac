"""It keeps the unfinished bytes of all clients in one place.

task: serve_many
diagnosis: M109
"""

def serve_many(listener):
    connections, buffer = [], b""
    while True:
        readable, _, _ = select.select([listener, *connections], [], [])
        for sock in readable:
            if sock is listener:
                connections.append(listener.accept()[0])
                continue
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
