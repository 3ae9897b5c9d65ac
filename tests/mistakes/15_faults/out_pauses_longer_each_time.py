"""Each pause is twice as long as the one before.

task: hold_out
diagnosis: M222
"""


class Doubling(CarefulHouse):
    """Backs off, and further off."""

    length = PAUSE

    def accept(self):
        try:
            House.accept(self)
        except (*AGAIN, ConnectionAbortedError):
            pass
        except OSError:
            self.pause = self.loop.later(self.length, self.go_on)
            self.length *= 2
            self.watch()



def hold_out(listener, clock):
    Doubling(listener, clock).run()
