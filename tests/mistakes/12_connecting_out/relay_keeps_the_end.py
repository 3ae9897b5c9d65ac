"""It sees the end of one side, and does not tell the other.

task: relay
diagnosis: M195
"""


class Discreet(Side):
    """Says nothing of the end."""

    def write(self):
        self.was_told = self.other.has_ended and not self.pending
        try:
            if self.pending:
                del self.pending[: self.sock.send(self.pending[:SCOOP])]
        except BlockingIOError:
            pass
        except OSError:
            self.pair.close()
            return
        self.pair.watch()


class Quiet(Pair):
    def __init__(self, loop, near, far):
        self.loop = loop
        self.near, self.far = Discreet(self, near), Discreet(self, far)
        self.near.other, self.far.other = self.far, self.near
        self.watch()


def relay(listener, upstream, seconds):
    relay_pairs(listener, upstream, seconds, Quiet)
