"""Only descriptors can run out.

task: hold_out
diagnosis: M17
"""


class Narrow(CarefulHouse):
    """EMFILE is the one that everybody knows."""

    def accept(self):
        try:
            House.accept(self)
        except (*AGAIN, ConnectionAbortedError):
            pass
        except OSError as error:
            if error.errno != errno.EMFILE:
                raise
            self.pause = self.loop.later(PAUSE, self.go_on)
            self.watch()



def hold_out(listener, clock):
    Narrow(listener, clock).run()
