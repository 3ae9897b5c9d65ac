"""It calls the function instead of handing it to the thread.

task: serve_threads
diagnosis: M62
"""

import threading


def look_after(connection):
    with connection:
        for line in lines_of(connection):
            connection.sendall(line.upper() + b"\n")


def serve_threads(listener):
    while True:
        connection, _ = listener.accept()
        thread = threading.Thread(target=look_after(connection))
        thread.start()
