"""It takes room for a connection, and sends what came.

task: relay
diagnosis: M190
"""


class Trusting(Side):
    """Catches what clients may do, and nothing else."""

    def read(self):
        try:
            data = self.sock.recv(SCOOP)
        except ConnectionResetError:
            self.pair.close()
            return
        self.has_ended = not data
        self.other.pending += data
        self.other.write()

    def write(self):
        try:
            if self.pending:
                del self.pending[: self.sock.send(self.pending[:SCOOP])]
            if self.other.has_ended and not self.pending:
                self.was_told = True
                self.sock.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            pass
        self.pair.watch()


class Trust(Pair):
    def __init__(self, loop, near, far):
        self.loop = loop
        self.near, self.far = Trusting(self, near), Trusting(self, far)
        self.near.other, self.far.other = self.far, self.near
        self.watch()


def relay(listener, upstream, seconds):
    loop = Loop()

    def let_in(near):
        far = socket.socket()
        far.setblocking(False)

        def called():
            loop.watch(far)
            Trust(loop, near, far)

        far.connect_ex(upstream)
        loop.watch(far, write=called)

    serve(listener, loop, let_in)
