"""It waits for each thread to end before it accepts the next client.

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
        thread = threading.Thread(target=look_after, args=[connection])
        thread.start()
        thread.join()
