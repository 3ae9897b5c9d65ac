"""It answers whole lines only, and drops what is not whole yet.

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
            *lines, _ = data.split(b"\n")
            for line in lines:
                sock.sendall(turn_around(line) + b"\n")
            if not data:
                connections.remove(sock)
                sock.close()
