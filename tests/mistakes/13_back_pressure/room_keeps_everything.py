"""What a slow one does not take is kept, all of it.

task: broadcast_or_drop
diagnosis: M19
"""


class Keeping(Guest):
    """Drops nothing."""

    def hear(self, line):
        self.pending += line
        self.watch()


def broadcast_or_drop(listener, most):
    loop = Loop()
    room = Room(loop, most)
    serve(listener, loop, lambda sock: Keeping(room, sock))
