"""The door is looked at anew when a guest leaves, and not at the signal.

task: drain
diagnosis: M227
"""


class Unhurried(EndingHouse):
    """Its flags are derived when somebody has left."""

    def end(self):
        if self.limit:
            self.loop.stop()
            return
        self.limit = self.loop.later(DRAIN, self.loop.stop)
        for guest in list(self.guests):
            guest.finish()
        if not self.guests:
            self.loop.stop()


def drain(listener, clock):
    Unhurried(listener, clock).run()
