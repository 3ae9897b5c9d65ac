"""What accept() raises is ignored.

task: hold_out
diagnosis: M17
"""


class Stubborn(CarefulHouse):
    """It will work the next time."""

    def accept(self):
        try:
            House.accept(self)
        except OSError:
            pass



def hold_out(listener, clock):
    Stubborn(listener, clock).run()
