"""A pipe, and a lock around what is known of it.

task: Wakeup
"""

import os
import threading


class Wakeup:
    """At most one byte is in the pipe."""

    def __init__(self):
        self.near, self.far = os.pipe()
        self.lock, self.pulled = threading.Lock(), False

    def fileno(self):
        return self.near

    def wake(self):
        with self.lock:
            if not self.pulled:
                self.pulled = True
                os.write(self.far, b"!")

    def clear(self):
        with self.lock:
            if self.pulled:
                self.pulled = False
                os.read(self.near, 1)
