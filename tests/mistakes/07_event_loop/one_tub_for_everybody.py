"""Its pending bytes stand in the body of the class.

task: Echo
diagnosis: M109
"""


class Echo(Handler):
    pending = bytearray()
    finished = False

    def handle_read(self, data):
        self.pending += data
        self.handle_write()

    def handle_write(self):
        with suppress(BlockingIOError):
            del self.pending[: self.sock.send(self.pending)]
        self.watch()

    def handle_close(self):
        self.finished = True
        self.watch()

    def watch(self):
        if self.finished and not self.pending:
            self.close()
            return
        read, write = not self.finished, bool(self.pending)
        self.loop.modify(self, read=read, write=write)
