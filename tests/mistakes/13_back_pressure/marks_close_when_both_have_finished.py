"""Both sides have finished, and it closes, whatever is kept.

task: relay_with_marks
diagnosis: M67
"""


class Hasty(Pair):
    """Two ends that were heard are the end of the pair."""

    def watch(self):
        if self.near.has_ended and self.far.has_ended:
            self.close()
        else:
            super().watch()


def relay_with_marks(listener, upstream, high, low):
    loop = Loop()

    def let_in(near):
        Hasty(loop, near, socket.create_connection(upstream), high, low)

    serve(listener, loop, let_in)
