"""select() can watch any socket.

task: hold_out
diagnosis: M16
"""


class Wide(CarefulHouse):
    """Lets everybody in."""

    def let_in(self, sock, address):
        House.let_in(self, sock, address)



def hold_out(listener, clock):
    Wide(listener, clock).run()
