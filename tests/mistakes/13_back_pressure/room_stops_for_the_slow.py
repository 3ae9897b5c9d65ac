"""Nobody is read from while somebody is full.

task: broadcast_or_drop
diagnosis: M209
"""


class Polite(Guest):
    """Waits until there is room for everybody."""

    def hear(self, line):
        self.pending += line
        self.watch()

    def watch(self):
        most = self.room.most
        full = any(len(one.pending) >= most for one in self.room.guests)
        for one in self.room.guests:
            read = None if full else one.read
            write = one.write if one.pending else None
            self.room.loop.watch(one.sock, read, write)


def broadcast_or_drop(listener, most):
    loop = Loop()
    room = Room(loop, most)
    serve(listener, loop, lambda sock: Polite(room, sock))
