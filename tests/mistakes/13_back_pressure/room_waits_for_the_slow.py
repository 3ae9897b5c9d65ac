"""Each line is sent to everybody with sendall(), and waits for each.

task: broadcast_or_drop
diagnosis: M209
"""


class Waiting(Guest):
    """Is told everything, however long that takes."""

    def hear(self, line):
        self.sock.setblocking(True)
        self.sock.sendall(line)
        self.sock.setblocking(False)


def broadcast_or_drop(listener, most):
    loop = Loop()
    room = Room(loop, most)
    serve(listener, loop, lambda sock: Waiting(room, sock))
