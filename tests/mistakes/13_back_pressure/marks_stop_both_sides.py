"""When one side is full, neither is read from.

task: relay_with_marks
diagnosis: M206
"""


class Offended(Side):
    """Does not listen to who does not listen."""

    def watch(self):
        held = self.has_ended or self.other.is_full or self.is_full
        due = self.pending or (self.other.has_ended and not self.was_told)
        self.pair.loop.watch(
            self.sock,
            None if held else self.read,
            self.write if due else None,
        )


class Offence(Pair):
    def __init__(self, loop, near, far, high, low):
        self.loop, self.high, self.low = loop, high, low
        self.near, self.far = Offended(self, near), Offended(self, far)
        self.near.other, self.far.other = self.far, self.near
        self.watch()


def relay_with_marks(listener, upstream, high, low):
    loop = Loop()

    def let_in(near):
        far = socket.create_connection(upstream)
        Offence(loop, near, far, high, low)

    serve(listener, loop, let_in)
