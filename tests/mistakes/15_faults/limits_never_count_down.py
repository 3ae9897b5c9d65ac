"""Who has come has come: it counts visits.

task: hold_limits
diagnosis: M59
"""


class Counting(LimitedHouse):
    """A number for each address, which only grows."""

    def __init__(self, listener, clock):
        self.visits = {}
        super().__init__(listener, clock)

    def let_in(self, sock, address):
        visits = self.visits.get(address[0], 0)
        if visits == EACH:
            sock.send(b"busy\n")
            sock.close()
            return
        self.visits[address[0]] = visits + 1
        CarefulHouse.let_in(self, sock, address)



def hold_limits(listener, clock):
    Counting(listener, clock).run()
