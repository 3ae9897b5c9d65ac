"""Each byte gives a line its whole time again.

task: hold_limits
diagnosis: M20
"""


class Renewing(Limited):
    """Who still types is still there."""

    def hurry(self, is_new):
        super().hurry(True)


class Renewal(LimitedHouse):
    guest = Renewing



def hold_limits(listener, clock):
    Renewal(listener, clock).run()
