"""It looks for a whole head in each piece that comes.

task: forward
diagnosis: M01
"""


class Sure(Asked):
    """Keeps nothing of what came before."""

    def read(self):
        try:
            self.head = self.near.recv(SCOOP)
        except OSError:
            self.head = b""
        if b"\r\n\r\n" in self.head:
            self.loop.watch(self.near)
            self.understand()
        elif not self.head:
            self.refuse(400)


def forward(listener, names, seconds):
    loop = Loop()
    resolver = Names(loop, names, seconds)
    serve(listener, loop, lambda near: Sure(loop, resolver, seconds, near))
