"""Who has nothing pending is closed, without a look.

task: drain
diagnosis: M228
"""


class Blind(Leaving):
    """Judges by what it has read."""

    def finish(self):
        self.watch()


class Blindness(EndingHouse):
    guest = Blind



def drain(listener, clock):
    Blindness(listener, clock).run()
