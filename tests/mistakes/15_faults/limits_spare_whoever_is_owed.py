"""Whoever has an answer on its way is not idle.

task: hold_limits
diagnosis: M223
"""


class Sparing(Limited):
    """Something is still to be taken."""

    def look(self):
        owed = self.pending or on_its_way(self.sock)
        if not self.heard and not owed:
            self.close()
            return
        self.heard = False
        self.idle = self.loop.later(IDLE, self.look)


class Grace(LimitedHouse):
    guest = Sparing



def hold_limits(listener, clock):
    Grace(listener, clock).run()
