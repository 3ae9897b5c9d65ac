"""It sends the answer to an error at once, past those that are due.

task: serve_memcached
diagnosis: M30
"""


class Guest:
    def __init__(self, loop, sock, database):
        self.loop, self.sock, self.database = loop, sock, database
        self.parser, self.pending = CarefulParser(), b""
        self.leaving = False
        loop.register(self)

    def handle_read(self, data):
        for found in self.parser.feed(data):
            if isinstance(found, Refusal):
                self.sock.send(found.answer + b"\r\n")
            elif found.words[0] == b"quit":
                self.leaving = True
            else:
                self.pending += answer(found, self.database)
        self.handle_write()

    def handle_close(self):
        self.leaving = True
        self.handle_write()

    def handle_write(self):
        with suppress(BlockingIOError):
            self.pending = self.pending[self.sock.send(self.pending) :]
        if self.leaving and not self.pending:
            self.loop.unregister(self)
            self.sock.close()
        else:
            read, write = not self.leaving, bool(self.pending)
            self.loop.modify(self, read=read, write=write)


def serve_memcached(listener):
    loop, database = Loop(), {}
    Door(loop, listener, lambda sock: Guest(loop, sock, database))
    loop.run()
