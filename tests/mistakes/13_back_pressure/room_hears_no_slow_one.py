"""One for whom lines are dropped is not read from.

task: broadcast_or_drop
diagnosis: M206
"""


class Deaf(Guest):
    """Waits for room, and for nothing else."""

    def watch(self):
        super().watch()
        if self.dropped:
            self.room.loop.watch(self.sock, write=self.write)


def broadcast_or_drop(listener, most):
    loop = Loop()
    room = Room(loop, most)
    serve(listener, loop, lambda sock: Deaf(room, sock))
