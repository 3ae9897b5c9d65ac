"""Whatever accept() raises, it takes a break.

task: hold_out
diagnosis: M221
"""


class Tired(CarefulHouse):
    """One remedy for all."""

    def accept(self):
        try:
            House.accept(self)
        except AGAIN:
            pass
        except OSError:
            self.pause = self.loop.later(PAUSE, self.go_on)
            self.watch()



def hold_out(listener, clock):
    Tired(listener, clock).run()
