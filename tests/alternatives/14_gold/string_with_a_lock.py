"""A variable says that it was pulled, and a lock keeps it true.

task: Wakeup
"""

import threading


class Wakeup:
    def __init__(self):
        self.near, self.far = socket.socketpair()
        self.lock, self.is_up = threading.Lock(), False

    def fileno(self):
        return self.near.fileno()

    def wake(self):
        with self.lock:
            if not self.is_up:
                self.far.send(b"!")
                self.is_up = True

    def clear(self):
        with self.lock:
            if self.is_up:
                self.near.recv(1)
                self.is_up = False
