"""It walks through the room, and not through a copy of it.

task: broadcast
diagnosis: M107
"""


class Guest(Handler):
    def __init__(self, loop, sock, room):
        super().__init__(loop, sock)
        self.unfinished, self.pending = b"", bytearray()
        self.room = room
        room.append(self)

    def handle_read(self, data):
        *lines, self.unfinished = (self.unfinished + data).split(b"\n")
        for line in lines:
            for other in self.room:
                if other is not self:
                    other.hear(line + b"\n")

    def hear(self, line):
        self.pending += line
        if len(self.pending) > MOST:
            self.close()
        else:
            self.loop.modify(self, read=True, write=True)

    def handle_write(self):
        with suppress(BlockingIOError):
            del self.pending[: self.sock.send(self.pending)]
        self.loop.modify(self, read=True, write=bool(self.pending))

    def handle_error(self, error):
        self.room.remove(self)

    def close(self):
        self.room.remove(self)
        super().close()


def broadcast(listener):
    room, loop = [], EventLoop()
    loop.register(Door(loop, listener, lambda *of: Guest(*of, room)))
    loop.run()
