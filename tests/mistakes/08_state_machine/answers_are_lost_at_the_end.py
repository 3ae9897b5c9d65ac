"""At the end of file it closes at once, whatever is still to be sent.

task: serve_memcached
diagnosis: M67
"""


class Guest:
    def __init__(self, loop, sock, database):
        self.loop, self.sock, self.database = loop, sock, database
        self.parser = CarefulParser()
        self.pending = bytearray()
        self.leaving = False
        loop.register(self)

    def handle_read(self, data):
        for thing in self.parser.feed(data):
            if isinstance(thing, Refusal):
                self.pending += thing.answer + b"\r\n"
            elif thing.words[0] == b"quit":
                self.leaving = True
                break
            else:
                self.pending += answer(thing, self.database)
        self.handle_write()

    def handle_write(self):
        try:
            sent = self.sock.send(self.pending)
            del self.pending[:sent]
        except BlockingIOError:
            pass
        if self.leaving and not self.pending:
            self.loop.unregister(self)
            self.sock.close()
        else:
            read, write = not self.leaving, bool(self.pending)
            self.loop.modify(self, read=read, write=write)

    def handle_close(self):
        self.loop.unregister(self)
        self.sock.close()


def serve_memcached(listener):
    loop, database = Loop(), {}
    Door(loop, listener, lambda sock: Guest(loop, sock, database))
    loop.run()
