"""It watches a side that has finished for more.

task: relay
diagnosis: M06
"""


class Hopeful(Side):
    """Reads on, also when there is nothing more to come."""

    def watch(self):
        due = self.pending or (self.other.has_ended and not self.was_told)
        self.pair.loop.watch(
            self.sock,
            None if self.other.pending else self.read,
            self.write if due else None,
        )


class Hopes(Pair):
    def __init__(self, loop, near, far):
        self.loop = loop
        self.near, self.far = Hopeful(self, near), Hopeful(self, far)
        self.near.other, self.far.other = self.far, self.near
        self.watch()


def relay(listener, upstream, seconds):
    relay_pairs(listener, upstream, seconds, Hopes)
