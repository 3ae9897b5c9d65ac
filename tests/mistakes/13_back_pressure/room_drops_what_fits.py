"""Somebody for whom send() has no room gets no more lines.

task: broadcast_or_drop
diagnosis: M208
"""


class Strict(Guest):
    """Keeps the rest of one line, and no other line."""

    def hear(self, line):
        if self.pending:
            self.dropped += 1
            return
        self.pending += line
        self.write()


def broadcast_or_drop(listener, most):
    loop = Loop()
    room = Room(loop, most)
    serve(listener, loop, lambda sock: Strict(room, sock))
