"""It asks for room all day, on both sides.

task: relay
diagnosis: M07
"""


class Roomy(Side):
    """Would always like to write."""

    def watch(self):
        held = self.has_ended or self.other.pending
        self.pair.loop.watch(
            self.sock,
            None if held else self.read,
            None if self.was_told else self.write,
        )


class Rooms(Pair):
    def __init__(self, loop, near, far):
        self.loop = loop
        self.near, self.far = Roomy(self, near), Roomy(self, far)
        self.near.other, self.far.other = self.far, self.near
        self.watch()


def relay(listener, upstream, seconds):
    relay_pairs(listener, upstream, seconds, Rooms)
