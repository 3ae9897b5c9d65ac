"""What was given to send() is gone.

task: hold_out
diagnosis: M04
"""


class Generous(Careful):
    """Gives everything away."""

    def write(self):
        try:
            self.sock.send(self.pending)
        except AGAIN:
            return
        except OSError:
            self.close()
            return
        self.pending.clear()
        self.watch()


class Generosity(CarefulHouse):
    guest = Generous



def hold_out(listener, clock):
    Generosity(listener, clock).run()
