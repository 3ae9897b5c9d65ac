"""It keeps every connection in a list, and ends threads without closing.

task: serve_threads
diagnosis: M32
"""

import threading


def look_after(connection):
    for line in lines_of(connection):
        connection.sendall(line.upper() + b"\n")


def serve_threads(listener):
    connections = []
    while True:
        connection, _ = listener.accept()
        connections.append(connection)
        threading.Thread(target=look_after, args=[connection]).start()
