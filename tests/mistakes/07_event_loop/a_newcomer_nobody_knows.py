"""Its door makes a handler, and registers none.

task: echo
diagnosis: M108
"""


class Door(Handler):
    """Let everybody in, and let a handler look after each."""

    def __init__(self, loop, sock, make):
        super().__init__(loop, sock)
        self.make = make

    def handle_accept(self, connection):
        self.make(self.loop, connection)


def echo(listener):
    """Send back to everybody what they send."""
    loop = EventLoop()
    loop.register(Door(loop, listener, Echo))
    loop.run()
