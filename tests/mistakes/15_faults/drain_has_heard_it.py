"""The second SIGTERM says nothing new.

task: drain
diagnosis: M229
"""


class Deaf(EndingHouse):
    """Is ending already."""

    def end(self):
        if not self.limit:
            super().end()



def drain(listener, clock):
    Deaf(listener, clock).run()
