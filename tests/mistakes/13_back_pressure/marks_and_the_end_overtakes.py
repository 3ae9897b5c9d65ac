"""The end is passed on at once, in front of what is kept.

task: relay_with_marks
diagnosis: M67
"""


class Hasty(Side):
    """Tells of the end as soon as it is known."""

    def read(self):
        super().read()
        if self.has_ended and not self.other.was_told:
            self.other.was_told = True
            self.other.pending.clear()
            self.other.sock.shutdown(socket.SHUT_WR)
            self.pair.watch()


class Haste(Pair):
    def __init__(self, loop, near, far, high, low):
        self.loop, self.high, self.low = loop, high, low
        self.near, self.far = Hasty(self, near), Hasty(self, far)
        self.near.other, self.far.other = self.far, self.near
        self.watch()


def relay_with_marks(listener, upstream, high, low):
    loop = Loop()

    def let_in(near):
        far = socket.create_connection(upstream)
        Haste(loop, near, far, high, low)

    serve(listener, loop, let_in)
