"""It reads on, however much is kept.

task: relay_with_marks
diagnosis: M19
"""


class Greedy(Side):
    """Is never full."""

    def measure(self):
        """There is always room in here."""


class Greed(Pair):
    def __init__(self, loop, near, far, high, low):
        self.loop, self.high, self.low = loop, high, low
        self.near, self.far = Greedy(self, near), Greedy(self, far)
        self.near.other, self.far.other = self.far, self.near
        self.watch()


def relay_with_marks(listener, upstream, high, low):
    loop = Loop()

    def let_in(near):
        far = socket.create_connection(upstream)
        Greed(loop, near, far, high, low)

    serve(listener, loop, let_in)
