"""It takes what one recv() brings for the whole head.

task: forward
diagnosis: M01
"""


class Sure(Asked):
    """Never waits for the rest."""

    def read(self):
        try:
            self.head = self.near.recv(SCOOP)
        except OSError:
            return
        self.loop.watch(self.near)
        self.understand()


def forward(listener, names, seconds):
    loop = Loop()
    resolver = Names(loop, names, seconds)
    serve(listener, loop, lambda near: Sure(loop, resolver, seconds, near))
