"""Any exception ends the connection, also "not now".

task: hold_out
diagnosis: M220
"""


class Hasty(Guest):
    """An OSError is an OSError."""

    def read(self):
        try:
            super().read()
        except OSError:
            self.close()

    def write(self):
        try:
            super().write()
        except OSError:
            self.close()


class Haste(CarefulHouse):
    guest = Hasty



def hold_out(listener, clock):
    Haste(listener, clock).run()
