"""When it is full, it leaves accept() alone, and watches on.

task: hold_limits
diagnosis: M225
"""


class Staring(LimitedHouse):
    """Looks at the door all the time."""

    def is_open(self):
        return CarefulHouse.is_open(self)

    def accept(self):
        if len(self.guests) < MOST:
            super().accept()



def hold_limits(listener, clock):
    Staring(listener, clock).run()
