"""It greets, and never says goodbye.

task: greet
diagnosis: M32
"""

import time


def greet(listener):
    connection, _ = listener.accept()
    connection.sendall(b"hello\n")
    time.sleep(3600)
