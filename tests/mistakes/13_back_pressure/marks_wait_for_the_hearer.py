"""Who has not taken all that is kept for it is not read from.

task: relay_with_marks
diagnosis: M206
"""


class Strict(Side):
    """Is listened to when it has listened."""

    def watch(self):
        held = self.has_ended or self.other.is_full or self.pending
        due = self.pending or (self.other.has_ended and not self.was_told)
        self.pair.loop.watch(
            self.sock,
            None if held else self.read,
            self.write if due else None,
        )


class Order(Pair):
    def __init__(self, loop, near, far, high, low):
        self.loop, self.high, self.low = loop, high, low
        self.near, self.far = Strict(self, near), Strict(self, far)
        self.near.other, self.far.other = self.far, self.near
        self.watch()


def relay_with_marks(listener, upstream, high, low):
    loop = Loop()

    def let_in(near):
        far = socket.create_connection(upstream)
        Order(loop, near, far, high, low)

    serve(listener, loop, let_in)
