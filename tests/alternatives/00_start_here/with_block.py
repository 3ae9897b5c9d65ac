"""A with block closes the connection.

task: greet
"""


def greet(listener):
    connection, _ = listener.accept()
    with connection:
        connection.sendall(b"hello\n")
