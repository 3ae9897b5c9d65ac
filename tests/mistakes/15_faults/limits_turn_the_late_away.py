"""When it is full, it lets people in and sends them away.

task: hold_limits
diagnosis: M225
"""


class Rude(LimitedHouse):
    """There is no chair, and so the visit is over."""

    def is_open(self):
        return CarefulHouse.is_open(self)

    def let_in(self, sock, address):
        if len(self.guests) < MOST:
            super().let_in(sock, address)
        else:
            sock.close()



def hold_limits(listener, clock):
    Rude(listener, clock).run()
