"""It reads on, however much is kept for the other side.

task: relay
diagnosis: M19
"""


class Greedy(Side):
    """Reads whatever comes."""

    def watch(self):
        due = self.pending or (self.other.has_ended and not self.was_told)
        self.pair.loop.watch(
            self.sock,
            None if self.has_ended else self.read,
            self.write if due else None,
        )


class Greed(Pair):
    def __init__(self, loop, near, far):
        self.loop = loop
        self.near, self.far = Greedy(self, near), Greedy(self, far)
        self.near.other, self.far.other = self.far, self.near
        self.watch()


def relay(listener, upstream, seconds):
    relay_pairs(listener, upstream, seconds, Greed)
