"""It waits for the client to say something first.

task: greet
diagnosis: M36
"""

def greet(listener):
    connection, _ = listener.accept()
    connection.recv(4096)
    connection.sendall(b"hello\n")
    connection.close()
