"""Who vanishes is closed, and its partner is left.

task: relay_with_marks
diagnosis: M197
"""


class Lonely(Side):
    """Says who it is, before it fails."""

    def read(self):
        self.pair.at_work = self
        super().read()

    def write(self):
        self.pair.at_work = self
        super().write()


class Lone(Pair):
    def __init__(self, loop, near, far, high, low):
        self.loop, self.high, self.low = loop, high, low
        self.near, self.far = Lonely(self, near), Lonely(self, far)
        self.near.other, self.far.other = self.far, self.near
        self.watch()

    def close(self):
        """Who has failed leaves alone."""
        if self.near.was_told and self.far.was_told:
            super().close()
        else:
            self.loop.watch(self.at_work.sock)
            self.at_work.sock.close()


def relay_with_marks(listener, upstream, high, low):
    loop = Loop()

    def let_in(near):
        far = socket.create_connection(upstream)
        Lone(loop, near, far, high, low)

    serve(listener, loop, let_in)
