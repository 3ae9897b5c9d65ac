"""No handlers: a parser and a buffer for each connection, in dicts.

task: serve_memcached
"""


class Aisle:
    def __init__(self, listener):
        self.listener = listener
        self.database, self.parsers, self.pending = {}, {}, {}
        self.leaving = set()

    def turn(self):
        writers = [sock for sock, data in self.pending.items() if data]
        readers = [*(self.parsers.keys() - self.leaving), self.listener]
        readable, _, _ = select.select(readers, writers, [])
        for sock in readable:
            if sock is self.listener:
                newcomer, _ = sock.accept()
                newcomer.setblocking(False)
                self.parsers[newcomer] = CarefulParser()
                self.pending[newcomer] = b""
            else:
                self.hear(sock)
        for sock in list(self.pending):
            self.say(sock)

    def hear(self, sock):
        try:
            data = sock.recv(4096)
        except OSError:
            data, self.pending[sock] = b"", b""
        if not data:
            self.leaving.add(sock)
        for found in self.parsers[sock].feed(data):
            if isinstance(found, Refusal):
                self.pending[sock] += found.answer + b"\r\n"
            elif found.words[0] == b"quit":
                self.leaving.add(sock)
                break
            else:
                self.pending[sock] += answer(found, self.database)

    def say(self, sock):
        try:
            if self.pending[sock]:
                count = sock.send(self.pending[sock])
                self.pending[sock] = self.pending[sock][count:]
        except BlockingIOError:
            pass
        except OSError:
            self.leaving.add(sock)
            self.pending[sock] = b""
        if sock in self.leaving and not self.pending[sock]:
            del self.parsers[sock], self.pending[sock]
            self.leaving.discard(sock)
            sock.close()


def serve_memcached(listener):
    aisle = Aisle(listener)
    while True:
        aisle.turn()
