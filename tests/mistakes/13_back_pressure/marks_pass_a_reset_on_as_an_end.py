"""A reset is passed on as an end, and the pair stays as it is.

task: relay_with_marks
diagnosis: M32
"""


class Mild(Side):
    """Takes a reset for the end of what its client has to say."""

    def read(self):
        try:
            data = self.sock.recv(SCOOP)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self.has_ended = not data
        self.other.pending += data
        self.other.write()


class Mildly(Pair):
    def __init__(self, loop, near, far, high, low):
        self.loop, self.high, self.low = loop, high, low
        self.near, self.far = Mild(self, near), Mild(self, far)
        self.near.other, self.far.other = self.far, self.near
        self.watch()


def relay_with_marks(listener, upstream, high, low):
    loop = Loop()

    def let_in(near):
        far = socket.create_connection(upstream)
        Mildly(loop, near, far, high, low)

    serve(listener, loop, let_in)
