"""Lets in everybody at the door, until accept() says "not now".

task: hold_out
"""


class Eager(CarefulHouse):
    """Calls accept() once more than there are clients."""

    def accept(self):
        try:
            while True:
                self.let_in(*self.listener.accept())
        except (*AGAIN, ConnectionAbortedError):
            pass
        except OSError as error:
            if error.errno not in SHORT:
                raise
            self.pause = self.loop.later(PAUSE, self.go_on)
            self.watch()


def hold_out(listener, clock):
    Eager(listener, clock).run()
