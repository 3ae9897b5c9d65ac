"""It sends to its neighbours in its own turn, and answers for their resets.

task: broadcast
diagnosis: M105
"""


class Guest(Handler):
    def __init__(self, loop, sock, room):
        super().__init__(loop, sock)
        self.room, self.unfinished, self.pending = room, b"", b""
        room.append(self)

    def handle_read(self, data):
        *lines, self.unfinished = (self.unfinished + data).split(b"\n")
        for line in lines:
            for other in list(self.room):
                if other is not self:
                    other.hear(line + b"\n")

    def hear(self, line):
        self.sock.send(line)

    def handle_write(self):
        self.pending = self.pending[self.sock.send(self.pending) :]
        self.loop.modify(self, read=True, write=bool(self.pending))

    def handle_error(self, error):
        self.close()

    def close(self):
        if self in self.room:
            self.room.remove(self)
        super().close()


def broadcast(listener):
    room, loop = [], EventLoop()
    loop.register(Door(loop, listener, lambda *of: Guest(*of, room)))
    loop.run()
