"""Progress is a send() that has returned.

task: hold_limits
diagnosis: M223
"""


class Believing(Limited):
    """What send() has taken has gone."""

    def look(self):
        if not self.heard and self.sent == self.taken:
            self.close()
            return
        self.heard, self.taken = False, self.sent
        self.idle = self.loop.later(IDLE, self.look)


class Belief(LimitedHouse):
    guest = Believing



def hold_limits(listener, clock):
    Belief(listener, clock).run()
