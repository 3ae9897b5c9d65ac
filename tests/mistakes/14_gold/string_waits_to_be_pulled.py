"""clear() waits for a byte where there is none.

task: Wakeup
diagnosis: M214
"""


class Wakeup:
    def __init__(self):
        self.near, self.far = socket.socketpair()
        self.far.setblocking(False)

    def fileno(self):
        return self.near.fileno()

    def wake(self):
        with suppress(BlockingIOError):
            self.far.send(b"!")

    def clear(self):
        self.near.recv(4096)
