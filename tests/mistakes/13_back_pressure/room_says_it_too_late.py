"""It says what was dropped when the next line comes, and not before.

task: broadcast_or_drop
diagnosis: M208
"""


class Late(Guest):
    """Has something to say, and waits to be asked."""

    def hear(self, line):
        if len(self.pending) + len(line) > self.room.most:
            self.dropped += 1
        elif self.dropped:
            self.pending += NOTICE % self.dropped + line
            self.dropped = 0
        else:
            self.pending += line
        self.watch()

    def write(self):
        dropped, self.dropped = self.dropped, 0
        super().write()
        self.dropped = dropped


def broadcast_or_drop(listener, most):
    loop = Loop()
    room = Room(loop, most)
    serve(listener, loop, lambda sock: Late(room, sock))
