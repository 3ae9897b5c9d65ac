"""It remembers that it was pulled, and never forgets it.

task: Wakeup
diagnosis: M214
"""


class Wakeup:
    def __init__(self):
        self.near, self.far = socket.socketpair()
        self.near.setblocking(False)
        self.far.setblocking(False)
        self.pulled = False

    def fileno(self):
        return self.near.fileno()

    def wake(self):
        if not self.pulled:
            self.pulled = True
            self.far.send(b"!")

    def clear(self):
        with suppress(BlockingIOError):
            while self.near.recv(4096):
                pass
