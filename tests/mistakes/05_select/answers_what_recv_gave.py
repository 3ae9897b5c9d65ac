"""It takes what one recv() gave for one line.

task: serve_many
diagnosis: M01
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
            if data:
                line = data.removesuffix(b"\n")
                sock.sendall(turn_around(line) + b"\n")
            else:
                connections.remove(sock)
                sock.close()
