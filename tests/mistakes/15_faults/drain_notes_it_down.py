"""The handler sets a flag, and the loop looks at it each turn.

task: drain
diagnosis: M226
"""


class Noting(EndingHouse):
    """Sees the flag when somebody speaks."""

    told = False

    def run(self):
        def note(*_):
            self.told = True

        signal.signal(signal.SIGTERM, note)
        while self.loop.turning:
            self.loop.turn()
            if self.told and not self.limit:
                self.end()



def drain(listener, clock):
    Noting(listener, clock).run()
