"""It closes a connection, and leaves it in the list.

task: serve_many
diagnosis: M14
"""

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
            data = sock.recv(4096)
            *lines, unfinished[sock] = (unfinished[sock] + data).split(b"\n")
            for line in lines:
                sock.sendall(turn_around(line) + b"\n")
            if not data:
                sock.close()
