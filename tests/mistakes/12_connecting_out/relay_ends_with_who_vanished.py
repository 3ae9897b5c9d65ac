"""It does not expect anybody to vanish.

task: relay
diagnosis: M10
"""


class Polite(Side):
    """Knows ends, and no resets."""

    def read(self):
        data = self.sock.recv(SCOOP)
        self.has_ended = not data
        self.other.pending += data
        self.other.write()


class Manners(Pair):
    def __init__(self, loop, near, far):
        self.loop = loop
        self.near, self.far = Polite(self, near), Polite(self, far)
        self.near.other, self.far.other = self.far, self.near
        self.watch()


def relay(listener, upstream, seconds):
    relay_pairs(listener, upstream, seconds, Manners)
