"""It forgets what has come behind the head.

task: forward
diagnosis: M41
"""


class Forgetful(Asked):
    """Takes all of it for the head."""

    def understand(self):
        self.head = self.head.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        super().understand()


def forward(listener, names, seconds):
    loop = Loop()
    resolver = Names(loop, names, seconds)

    def let_in(near):
        Forgetful(loop, resolver, seconds, near)

    serve(listener, loop, let_in)
