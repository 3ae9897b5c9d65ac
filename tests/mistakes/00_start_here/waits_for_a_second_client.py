"""It accepts twice, and so waits for somebody who never comes.

task: greet
diagnosis: M27
"""

def greet(listener):
    listener.accept()
    connection, _ = listener.accept()
    connection.sendall(b"hello\n")
    connection.close()
