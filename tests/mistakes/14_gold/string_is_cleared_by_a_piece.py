"""clear() takes as much as one recv() does.

task: Wakeup
diagnosis: M214
"""


class Wakeup:
    def __init__(self):
        self.near, self.far = socket.socketpair()
        self.near.setblocking(False)
        self.far.setblocking(False)

    def fileno(self):
        return self.near.fileno()

    def wake(self):
        with suppress(BlockingIOError):
            self.far.send(b"!")

    def clear(self):
        with suppress(BlockingIOError):
            self.near.recv(64)
