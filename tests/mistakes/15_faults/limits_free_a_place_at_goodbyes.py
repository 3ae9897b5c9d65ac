"""The number of each address goes down where recv() gives the end, only there.

task: hold_limits
diagnosis: M59
"""


class Polite(Limited):
    """Says goodbye to its house, if it can."""

    def hear(self, data):
        if not data:
            self.house.numbers[self.host] -= 1
        super().hear(data)


class Counting(CarefulHouse):
    """Keeps a number for each address."""

    guest = Polite

    def __init__(self, listener, clock):
        self.numbers = {}
        super().__init__(listener, clock)

    def is_open(self):
        return super().is_open() and len(self.guests) < MOST

    def let_in(self, sock, address):
        number = self.numbers.get(address[0], 0)
        if number >= EACH:
            sock.send(b"busy\n")
            sock.close()
            return
        self.numbers[address[0]] = number + 1
        super().let_in(sock, address)


def hold_limits(listener, clock):
    Counting(listener, clock).run()
