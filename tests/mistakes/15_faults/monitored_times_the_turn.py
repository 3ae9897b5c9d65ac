"""It takes the time from one guest to the next, and the wait is in it.

task: monitored
diagnosis: M230
"""


class Turned(Careful):
    """Looks at the clock when it has been served."""

    def __init__(self, house, sock, address):
        super().__init__(house, sock, address)
        self.port = address[1]

    def carefully(self, call):
        super().carefully(call)
        now = self.loop.clock()
        took = now - self.house.before
        self.house.before = now
        self.house.slowest = max(self.house.slowest, (took, str(self.port)))

    told = Timed.told


class TurnedHouse(TimedHouse):
    """Knows when it has served somebody last."""

    guest = Turned

    def __init__(self, listener, clock, work):
        self.before = clock()
        super().__init__(listener, clock, work)


def monitored(listener, monitor, clock, work):
    house = TurnedHouse(listener, clock, work)
    Monitor(monitor, house)
    house.run()
