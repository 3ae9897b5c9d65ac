"""All threads use the one variable that the loop sets anew.

task: serve_threads
diagnosis: M30
"""

import threading


def serve_threads(listener):
    def look_after():
        for line in lines_of(connection):
            connection.sendall(line.upper() + b"\n")
        connection.close()

    while True:
        connection, _ = listener.accept()
        threading.Thread(target=look_after).start()
