"""A flag is up, so no call will say "not now".

task: hold_out
diagnosis: M220
"""


class Trusting(Guest):
    """Only what is about the connection can happen."""

    def carefully(self, call):
        try:
            call()
        except ConnectionError:
            self.close()

    def read(self):
        self.carefully(super().read)

    def write(self):
        self.carefully(super().write)


class Trust(CarefulHouse):
    guest = Trusting



def hold_out(listener, clock):
    Trust(listener, clock).run()
