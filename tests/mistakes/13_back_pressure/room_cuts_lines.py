"""What goes beyond the bound is cut off, in the middle of a line.

task: broadcast_or_drop
diagnosis: M207
"""


class Cutting(Guest):
    """Keeps as many bytes as it may."""

    def hear(self, line):
        self.pending += line
        if len(self.pending) > self.room.most:
            self.dropped += 1
            del self.pending[self.room.most :]
        self.watch()


def broadcast_or_drop(listener, most):
    loop = Loop()
    room = Room(loop, most)
    serve(listener, loop, lambda sock: Cutting(room, sock))
