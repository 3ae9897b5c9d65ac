"""It remembers clients by their descriptors.

task: serve_gold
diagnosis: M218
"""


class Numbered(Customer):
    """Known by a number, as the gold is that was asked for by it."""

    guests = {}

    def __init__(self, loop, sock, mine):
        super().__init__(loop, sock, mine)
        self.number = sock.fileno()
        self.guests[self.number] = self

    def came(self, line):
        super().came(line)
        for gold in self.golds:
            gold.owner = Number(self.guests, self.number, gold)


class Number:
    def __init__(self, guests, number, gold):
        self.guests, self.number, self.gold = guests, number, gold

    def send_on(self):
        guest = self.guests[self.number]
        if self.gold not in guest.golds:
            guest.golds.appendleft(self.gold)
        guest.send_on()


def serve_gold(listener, work, workers, most):
    loop = Loop()
    mine = Mine(loop, work, workers, most)
    serve(listener, loop, lambda loop, sock: Numbered(loop, sock, mine))
