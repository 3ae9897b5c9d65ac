"""It sends in handle_write alone, and derives its flags there.

task: Echo
"""


class Echo(Handler):
    def __init__(self, loop, sock):
        super().__init__(loop, sock)
        self.pending, self.finished = [], False

    def handle_read(self, data):
        self.pending.append(data)
        self.loop.modify(self, len(self.pending) < 10, True)

    def handle_write(self):
        first = self.pending.pop(0)
        rest = first[self.sock.send(first) :]
        if rest:
            self.pending.insert(0, rest)
        elif self.finished and not self.pending:
            self.close()
            return
        self.loop.modify(self, not self.finished, bool(self.pending))

    def handle_close(self):
        self.finished = True
        if self.pending:
            self.loop.modify(self, False, True)
        else:
            self.close()
