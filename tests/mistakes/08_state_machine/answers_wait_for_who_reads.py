"""It sends with sendall(), and waits for a client who does not read.

task: serve_memcached
diagnosis: M13
"""


class Guest:
    def __init__(self, loop, sock, database):
        self.loop, self.sock, self.database = loop, sock, database
        self.sock.setblocking(True)
        self.parser = CarefulParser()
        loop.register(self)

    def handle_read(self, data):
        for found in self.parser.feed(data):
            if isinstance(found, Refusal):
                self.sock.sendall(found.answer + b"\r\n")
            elif found.words[0] == b"quit":
                self.handle_close()
                return
            else:
                self.sock.sendall(answer(found, self.database))

    def handle_close(self):
        self.loop.unregister(self)
        self.sock.close()


def serve_memcached(listener):
    loop, database = Loop(), {}
    Door(loop, listener, lambda sock: Guest(loop, sock, database))
    loop.run()
