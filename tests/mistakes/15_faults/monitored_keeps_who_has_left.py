"""The book of the monitor is its own, and nobody is ever struck out.

task: monitored
diagnosis: M14
"""


class Booked(TimedHouse):
    """Writes down who comes."""

    def __init__(self, listener, clock, work):
        self.book = []
        super().__init__(listener, clock, work)

    def let_in(self, sock, address):
        super().let_in(sock, address)
        self.book.append((sock, address[1]))

    def report(self):
        told = [f"{port}: {on_its_way(s)} pending\n" for s, port in self.book]
        seconds, whose = self.slowest
        told.append(f"slowest: {seconds:.2f} s for {whose}\n")
        return "".join(told).encode()


def monitored(listener, monitor, clock, work):
    house = Booked(listener, clock, work)
    Monitor(monitor, house)
    house.run()
