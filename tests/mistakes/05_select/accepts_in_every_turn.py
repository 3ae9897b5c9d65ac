"""It calls accept() in every turn, whether somebody is at the door or not.

task: serve_many
diagnosis: M34
"""

def serve_many(listener):
    connections = []
    while True:
        connections.append(listener.accept()[0])
        readable, _, _ = select.select(connections, [], [])
        for sock in readable:
            data = sock.recv(4096)
            for line in data.splitlines():
                sock.sendall(turn_around(line) + b"\n")
            if not data:
                connections.remove(sock)
                sock.close()
