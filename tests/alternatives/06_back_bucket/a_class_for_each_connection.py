"""Each connection is an object that knows what it wants.

task: serve_water
"""


class Guest:
    """A connection, what is pending for it, and whether it has left."""

    def __init__(self, connection):
        connection.setblocking(False)
        self.connection = connection
        self.pending = memoryview(b"")
        self.left = False

    def fileno(self):
        return self.connection.fileno()

    def order(self):
        letter = self.connection.recv(1)
        self.left = not letter
        if letter:
            self.pending = memoryview(water(letter))

    def drink(self):
        n = self.connection.send(self.pending[:65536])
        self.pending = self.pending[n:]

    def look(self):
        try:
            self.drink() if self.pending else self.order()
        except BlockingIOError:
            pass
        except OSError:
            self.left = True


def serve_water(listener):
    listener.setblocking(False)
    guests = []
    while True:
        read = [guest for guest in guests if not guest.pending]
        write = [guest for guest in guests if guest.pending]
        door, *_ = found = select.select([listener, *read], write, [])
        if listener in door:
            with suppress(BlockingIOError):
                guests.append(Guest(listener.accept()[0]))
        for guest in found[0] + found[1]:
            if guest is not listener:
                guest.look()
            if guest is not listener and guest.left:
                guests.remove(guest)
                guest.connection.close()
