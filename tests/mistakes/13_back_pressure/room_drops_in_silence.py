"""What does not fit is dropped, and nobody is told.

task: broadcast_or_drop
diagnosis: M208
"""


class Silent(Guest):
    """Never says what was dropped."""

    def hear(self, line):
        if len(self.pending) + len(line) <= self.room.most:
            self.pending += line
        self.watch()


def broadcast_or_drop(listener, most):
    loop = Loop()
    room = Room(loop, most)
    serve(listener, loop, lambda sock: Silent(room, sock))
