"""One timer for all: every two seconds it looks at everybody.

task: hold_limits
"""


class Swept(Careful):
    """Remembers when something has moved, and when its line began."""

    def __init__(self, house, sock, address):
        super().__init__(house, sock, address)
        self.sent = self.taken = 0
        self.moved = self.loop.clock()
        self.begun = None

    def hear(self, data):
        self.moved = self.loop.clock()
        if b"\n" in data:
            self.begun = None
        super().hear(data)
        if not self.unfinished:
            self.begun = None
        elif self.begun is None:
            self.begun = self.moved
            self.loop.later(WHOLE, self.house.sweep)

    def write(self):
        before = len(self.pending)
        super().write()
        self.sent += before - len(self.pending)

    def is_due(self, now):
        taken = self.sent - on_its_way(self.sock)
        if taken > self.taken:
            self.taken, self.moved = taken, now
        if self.begun is not None and now - self.begun >= WHOLE:
            return not self.finished
        return now - self.moved >= IDLE


class Sweeper(LimitedHouse):
    """Has one broom."""

    guest = Swept
    broom = None

    def let_in(self, sock, address):
        super().let_in(sock, address)
        if self.guests and not self.broom:
            self.broom = self.loop.later(2, self.go_round)

    def go_round(self):
        self.sweep()
        self.broom = self.guests and self.loop.later(2, self.go_round)

    def sweep(self):
        now = self.loop.clock()
        for guest in list(self.guests):
            if guest.is_due(now):
                guest.close()


def hold_limits(listener, clock):
    Sweeper(listener, clock).run()
