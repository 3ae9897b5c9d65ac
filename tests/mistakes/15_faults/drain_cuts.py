"""SIGTERM means now: it returns, whoever is there.

task: drain
diagnosis: M227
"""


class Abrupt(EndingHouse):
    """Closes everybody."""

    def end(self):
        self.loop.stop()



def drain(listener, clock):
    Abrupt(listener, clock).run()
