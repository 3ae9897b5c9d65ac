"""A pair of datagram sockets: each pull is one of them.

task: Wakeup
"""


class Wakeup:
    def __init__(self):
        self.ends = socket.socketpair(type=socket.SOCK_DGRAM)
        for end in self.ends:
            end.setblocking(False)

    def fileno(self):
        return self.ends[0].fileno()

    def wake(self):
        with suppress(OSError):
            self.ends[1].send(b"")

    def clear(self):
        try:
            while True:
                self.ends[0].recv(1)
        except BlockingIOError:
            pass
