"""When one side vanishes, it closes that side alone.

task: relay
diagnosis: M197
"""


class Half(Side):
    """Looks after itself only."""

    def read(self):
        try:
            data = self.sock.recv(SCOOP)
        except OSError:
            self.pair.loop.watch(self.sock)
            self.sock.close()
            return
        self.has_ended = not data
        self.other.pending += data
        self.other.write()


class Halves(Pair):
    def __init__(self, loop, near, far):
        self.loop = loop
        self.near, self.far = Half(self, near), Half(self, far)
        self.near.other, self.far.other = self.far, self.near
        self.watch()


def relay(listener, upstream, seconds):
    relay_pairs(listener, upstream, seconds, Halves)
