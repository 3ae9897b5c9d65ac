"""It reads on until the line is whole, and waits for that in recv().

task: serve_many
diagnosis: M11
"""

def serve_many(listener):
    connections = []
    while True:
        readable, _, _ = select.select([listener, *connections], [], [])
        for sock in readable:
            if sock is listener:
                connections.append(listener.accept()[0])
                continue
            data = sock.recv(4096)
            while data and not data.endswith(b"\n"):
                data += sock.recv(4096)
            for line in data.split(b"\n")[:-1]:
                sock.sendall(turn_around(line) + b"\n")
            if not data:
                connections.remove(sock)
                sock.close()
