"""It looks at its connections without waiting, then waits in accept().

task: serve_many
diagnosis: M27
"""

def serve_many(listener):
    connections = []
    while True:
        readable, _, _ = select.select(connections, [], [], 0)
        for sock in readable:
            data = sock.recv(4096)
            for line in data.splitlines():
                sock.sendall(turn_around(line) + b"\n")
            if not data:
                connections.remove(sock)
                sock.close()
        connections.append(listener.accept()[0])
