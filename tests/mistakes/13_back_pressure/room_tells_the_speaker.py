"""Each line goes to everybody, its speaker too; and all at the door come in.

task: broadcast_or_drop
diagnosis: none
"""


class Loud(Room):
    """Everybody is everybody."""

    def tell(self, speaker, line):
        for guest in list(self.guests):
            guest.hear(line)


def broadcast_or_drop(listener, most):
    loop = Loop()
    room = Loud(loop, most)

    def accept():
        with suppress(OSError):
            while True:
                Guest(room, listener.accept()[0])

    listener.setblocking(False)
    loop.watch(listener, read=accept)
    loop.run()
