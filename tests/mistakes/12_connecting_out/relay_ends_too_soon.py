"""It passes the end on while bytes are still kept.

task: relay
diagnosis: M67
"""


class Eager(Side):
    """Tells of the end as soon as it is known."""

    def write(self):
        try:
            if self.pending:
                del self.pending[: self.sock.send(self.pending[:SCOOP])]
            if self.other.has_ended and not self.was_told:
                self.was_told = True
                self.pending.clear()
                self.sock.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            pass
        except OSError:
            self.pair.close()
            return
        self.pair.watch()

    def watch(self):
        read = None if self.has_ended else self.read
        write = self.write if self.pending else None
        self.pair.loop.watch(self.sock, read, write)


class Pushy(Pair):
    def __init__(self, loop, near, far):
        self.loop = loop
        self.near, self.far = Eager(self, near), Eager(self, far)
        self.near.other, self.far.other = self.far, self.near
        self.watch()


def relay(listener, upstream, seconds):
    relay_pairs(listener, upstream, seconds, Pushy)
