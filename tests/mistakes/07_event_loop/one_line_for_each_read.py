"""Of several lines in one read it passes on the first.

task: broadcast
diagnosis: M02
"""


class Brief(Member):
    def handle_read(self, data):
        self.unfinished += data
        line, newline, rest = self.unfinished.partition(b"\n")
        if newline:
            self.unfinished = rest
            for other in list(self.room):
                if other is not self:
                    other.hear(line + newline)


def broadcast(listener):
    room, loop = set(), EventLoop()
    loop.register(Door(loop, listener, lambda *of: Brief(*of, room)))
    loop.run()
