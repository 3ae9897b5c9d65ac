"""Progress is a byte that has come.

task: hold_limits
diagnosis: M223
"""


class Listening(Limited):
    """Who says nothing does nothing."""

    def look(self):
        if not self.heard:
            self.close()
            return
        self.heard = False
        self.idle = self.loop.later(IDLE, self.look)


class Ears(LimitedHouse):
    guest = Listening



def hold_limits(listener, clock):
    Ears(listener, clock).run()
