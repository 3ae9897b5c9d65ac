"""wake() raises where there is no room.

task: Wakeup
diagnosis: M213
"""


class Wakeup:
    def __init__(self):
        self.near, self.far = socket.socketpair()
        self.near.setblocking(False)
        self.far.setblocking(False)

    def fileno(self):
        return self.near.fileno()

    def wake(self):
        self.far.send(b"!")

    def clear(self):
        with suppress(BlockingIOError):
            while self.near.recv(4096):
                pass
