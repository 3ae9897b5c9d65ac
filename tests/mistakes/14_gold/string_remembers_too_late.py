"""A variable says that it was pulled, and is set behind the byte: too late.

task: Wakeup
diagnosis: M214
"""


class Wakeup:
    def __init__(self):
        self.near, self.far = socket.socketpair()
        self.near.setblocking(False)
        self.far.setblocking(False)
        self.up = False

    def fileno(self):
        return self.near.fileno()

    def wake(self):
        if not self.up:
            self.far.send(b"!")
            self.up = True

    def clear(self):
        with suppress(BlockingIOError):
            while self.near.recv(4096):
                pass
        self.up = False
