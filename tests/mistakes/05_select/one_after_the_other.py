"""It serves one client to its end before it looks at the next.

task: serve_many
diagnosis: M11
"""

def serve_many(listener):
    while True:
        connection, _ = listener.accept()
        buffer = b""
        while data := connection.recv(4096):
            buffer += data
            while b"\n" in buffer:
                line, _, buffer = buffer.partition(b"\n")
                connection.sendall(turn_around(line) + b"\n")
        connection.close()
