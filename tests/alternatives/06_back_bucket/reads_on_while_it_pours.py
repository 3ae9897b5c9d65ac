"""It reads on while water is pending, and keeps the orders, not the water.

task: serve_water
"""

MOST = 1024


class Guest:
    """What one connection has ordered, and what it is still to get."""

    def __init__(self):
        self.orders, self.pending = bytearray(), bytearray()
        self.finished = False

    def reads(self):
        return not self.finished and len(self.orders) < MOST

    def wants(self):
        return self.orders or self.pending

    def order(self, letters):
        self.orders += letters
        self.finished = not letters

    def drink(self, connection):
        if not self.pending:
            self.pending += water(self.orders[:1])
            del self.orders[:1]
        pour(connection, self.pending)


def serve_water(listener):
    guests = {}
    while True:
        read = [sock for sock in guests if guests[sock].reads()]
        write = [sock for sock in guests if guests[sock].wants()]
        readable, writable, _ = select.select([listener, *read], write, [])
        for sock in dict.fromkeys(readable + writable):
            if sock is listener:
                sock = listener.accept()[0]
                sock.setblocking(False)
                guests[sock] = Guest()
                continue
            guest = guests[sock]
            try:
                if sock in readable:
                    guest.order(sock.recv(64))
                if sock in writable:
                    guest.drink(sock)
                left = guest.finished and not guest.wants()
            except OSError:
                left = True
            if left:
                del guests[sock]
                sock.close()
