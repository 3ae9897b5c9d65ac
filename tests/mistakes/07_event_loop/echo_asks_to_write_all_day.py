"""Its Echo asks to write, whether it holds anything or not.

task: Echo
diagnosis: M07
"""


class Echo(Handler):
    def __init__(self, loop, sock):
        super().__init__(loop, sock)
        self.pending = b""
        self.finished = False

    def handle_read(self, data):
        self.pending += data
        self.loop.modify(self, read=True, write=True)

    def handle_write(self):
        self.pending = self.pending[self.sock.send(self.pending) :]
        if self.finished and not self.pending:
            self.close()

    def handle_close(self):
        self.finished = True
        self.loop.modify(self, read=False, write=True)
