"""Whether the door is open goes by the number of guests alone.

task: hold_limits
diagnosis: M17
"""


class Numbered(LimitedHouse):
    """Has a method of its own where the house before had one, too."""

    def is_open(self):
        return len(self.guests) < MOST


def hold_limits(listener, clock):
    Numbered(listener, clock).run()
