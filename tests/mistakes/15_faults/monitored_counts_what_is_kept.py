"""Pending is what send() has not taken, for what it took is sent.

task: monitored
diagnosis: M223
"""


class Kept(Timed):
    """Counts its own bytes."""

    def told(self):
        return f"{self.port}: {len(self.pending)} pending\n"


class KeptHouse(TimedHouse):
    """Its guests are such."""

    guest = Kept


def monitored(listener, monitor, clock, work):
    house = KeptHouse(listener, clock, work)
    Monitor(monitor, house)
    house.run()
