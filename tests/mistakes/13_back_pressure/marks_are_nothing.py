"""The relay of exercise 12: it reads while nothing is kept.

task: relay_with_marks
diagnosis: M204
"""


class Careful(Side):
    """Is full as soon as anything is kept."""

    def measure(self):
        self.is_full = bool(self.pending)


class Cares(Pair):
    def __init__(self, loop, near, far, high, low):
        self.loop, self.high, self.low = loop, high, low
        self.near, self.far = Careful(self, near), Careful(self, far)
        self.near.other, self.far.other = self.far, self.near
        self.watch()


def relay_with_marks(listener, upstream, high, low):
    loop = Loop()

    def let_in(near):
        far = socket.create_connection(upstream)
        Cares(loop, near, far, high, low)

    serve(listener, loop, let_in)
