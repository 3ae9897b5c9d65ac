"""Out of means, it waits until somebody has left.

task: hold_out
diagnosis: M222
"""


class Waiting(CarefulHouse):
    """A descriptor comes back when a guest leaves."""

    def accept(self):
        try:
            House.accept(self)
        except (*AGAIN, ConnectionAbortedError):
            pass
        except OSError:
            self.pause = True
            self.watch()

    def left(self, guest):
        self.pause = None
        super().left(guest)



def hold_out(listener, clock):
    Waiting(listener, clock).run()
