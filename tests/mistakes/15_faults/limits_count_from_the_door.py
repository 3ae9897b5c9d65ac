"""WHOLE seconds for the first line begin when its client is let in.

task: hold_limits
diagnosis: M92
"""


class Hasty(Limited):
    """Has a line to finish from its first moment on."""

    def __init__(self, house, sock, address):
        super().__init__(house, sock, address)
        self.whole = self.loop.later(WHOLE, self.close)


class HastyHouse(LimitedHouse):
    """Its guests are such."""

    guest = Hasty


def hold_limits(listener, clock):
    HastyHouse(listener, clock).run()
