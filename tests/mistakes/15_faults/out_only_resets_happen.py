"""A connection can be reset, and nothing else.

task: hold_out
diagnosis: M10
"""


class Optimist(Guest):
    """Knows of resets."""

    def read(self):
        self.carefully(super().read)

    def write(self):
        self.carefully(super().write)

    def carefully(self, call):
        try:
            call()
        except AGAIN:
            pass
        except ConnectionError:
            self.close()


class Optimism(CarefulHouse):
    guest = Optimist



def hold_out(listener, clock):
    Optimism(listener, clock).run()
