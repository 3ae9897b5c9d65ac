"""It measures when bytes come, and not when they go.

task: relay_with_marks
diagnosis: M205
"""


class Forgetful(Side):
    """Looks at the mark when it has read."""

    def read(self):
        super().read()
        if len(self.other.pending) >= self.pair.high:
            self.other.is_full = True
        self.pair.watch()

    def measure(self):
        """Later."""


class Forgets(Pair):
    def __init__(self, loop, near, far, high, low):
        self.loop, self.high, self.low = loop, high, low
        self.near, self.far = Forgetful(self, near), Forgetful(self, far)
        self.near.other, self.far.other = self.far, self.near
        self.watch()


def relay_with_marks(listener, upstream, high, low):
    loop = Loop()

    def let_in(near):
        far = socket.create_connection(upstream)
        Forgets(loop, near, far, high, low)

    serve(listener, loop, let_in)
