"""The one that has stopped goes on when all has been written, and not before.

task: relay_with_marks
diagnosis: M204
"""


class Patient(Side):
    """Is full until nothing is left."""

    def measure(self):
        if len(self.pending) >= self.pair.high:
            self.is_full = True
        elif not self.pending:
            self.is_full = False


class Calm(Pair):
    def __init__(self, loop, near, far, high, low):
        self.loop, self.high, self.low = loop, high, low
        self.near, self.far = Patient(self, near), Patient(self, far)
        self.near.other, self.far.other = self.far, self.near
        self.watch()


def relay_with_marks(listener, upstream, high, low):
    loop = Loop()

    def let_in(near):
        far = socket.create_connection(upstream)
        Calm(loop, near, far, high, low)

    serve(listener, loop, let_in)
