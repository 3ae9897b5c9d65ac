"""It goes on to wait for the next client, where one was asked for.

task: greet
diagnosis: M27
"""

def greet(listener):
    while True:
        connection, _ = listener.accept()
        connection.sendall(b"hello\n")
        connection.close()
