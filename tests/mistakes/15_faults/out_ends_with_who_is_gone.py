"""accept() has raised, so the server is over.

task: hold_out
diagnosis: M221
"""


class Strict(CarefulHouse):
    """Only a lack of means is known."""

    def accept(self):
        try:
            House.accept(self)
        except AGAIN:
            pass
        except OSError as error:
            if error.errno not in SHORT:
                raise
            self.pause = self.loop.later(PAUSE, self.go_on)
            self.watch()



def hold_out(listener, clock):
    Strict(listener, clock).run()
