"""It reads again as soon as less than the high mark is kept.

task: relay_with_marks
diagnosis: M204
"""


class Nervous(Side):
    """Has one mark."""

    def measure(self):
        self.is_full = len(self.pending) >= self.pair.high


class Nerves(Pair):
    def __init__(self, loop, near, far, high, low):
        self.loop, self.high, self.low = loop, high, low
        self.near, self.far = Nervous(self, near), Nervous(self, far)
        self.near.other, self.far.other = self.far, self.near
        self.watch()


def relay_with_marks(listener, upstream, high, low):
    loop = Loop()

    def let_in(near):
        far = socket.create_connection(upstream)
        Nerves(loop, near, far, high, low)

    serve(listener, loop, let_in)
