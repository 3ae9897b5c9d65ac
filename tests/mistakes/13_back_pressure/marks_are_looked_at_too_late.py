"""It reads until the other one pauses, and looks at the mark then.

task: relay_with_marks
diagnosis: M203
"""


class Thirsty(Side):
    """Empties its bucket at each flag, and waits for a moment for more."""

    def read(self):
        try:
            while not self.has_ended and self.hears_more():
                data = self.sock.recv(SCOOP)
                self.has_ended = not data
                self.other.pending += data
        except OSError:
            self.pair.close()
            return
        self.other.write()

    def hears_more(self):
        return select.select([self.sock], [], [], 0.1)[0]


class Thirst(Pair):
    def __init__(self, loop, near, far, high, low):
        self.loop, self.high, self.low = loop, high, low
        self.near, self.far = Thirsty(self, near), Thirsty(self, far)
        self.near.other, self.far.other = self.far, self.near
        self.watch()


def relay_with_marks(listener, upstream, high, low):
    loop = Loop()

    def let_in(near):
        far = socket.create_connection(upstream)
        Thirst(loop, near, far, high, low)

    serve(listener, loop, let_in)
