"""It keeps a quarter of what it may, to be on the safe side.

task: broadcast_or_drop
diagnosis: M208
"""


class Strict(Guest):
    """Drops what would have fitted."""

    def hear(self, line):
        if self.dropped or len(self.pending) + len(line) > self.room.most // 4:
            self.dropped += 1
        else:
            self.pending += line
        self.watch()


def broadcast_or_drop(listener, most):
    loop = Loop()
    room = Room(loop, most)
    serve(listener, loop, lambda sock: Strict(room, sock))
