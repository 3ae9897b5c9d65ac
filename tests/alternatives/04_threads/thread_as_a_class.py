"""A thread is a class of its own, and makes its lines from what recv() gives.

task: serve_threads
"""

import threading


class Clerk(threading.Thread):
    def __init__(self, connection):
        super().__init__(daemon=True)
        self.connection = connection

    def run(self):
        buffer = b""
        try:
            while data := self.connection.recv(1000):
                *lines, buffer = (buffer + data).split(b"\n")
                for line in lines:
                    self.connection.sendall(line.upper() + b"\n")
        except OSError:
            pass
        finally:
            self.connection.close()


def serve_threads(listener):
    while True:
        Clerk(listener.accept()[0]).start()
