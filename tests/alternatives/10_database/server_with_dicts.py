"""One select(), dicts for everything, no handler and no loop of the course.

task: serve_database
"""


class Aisle:
    def __init__(self, listener, database, clock):
        self.commands = Commands(database, clock)
        self.listener = listener
        self.parsers, self.queues, self.out = {}, {}, {}
        self.leaving, self.parted = set(), {}
        listener.setblocking(False)

    def turn(self):
        writers = [s for s in self.out if self.out[s] or self.queues[s]]
        deaf = {*writers, *self.leaving}
        readers = [self.listener, *(s for s in self.parsers if s not in deaf)]
        readers += self.parted
        for sock in select.select(readers, writers, [], 1)[0]:
            if sock is self.listener:
                self.let_in()
            elif sock in self.parted:
                self.throw_away(sock)
            else:
                self.read(sock)
        for sock, until in list(self.parted.items()):
            if until <= time.monotonic():
                del self.parted[sock]
                sock.close()
        for sock in self.queues:
            self.work(sock)
        self.commands.store.sweep(10)
        self.commands.store.sync()
        for sock in list(self.out):
            self.tell(sock)

    def let_in(self):
        with suppress(BlockingIOError):
            newcomer, _ = self.listener.accept()
            newcomer.setblocking(False)
            self.parsers[newcomer] = CarefulParser()
            self.queues[newcomer], self.out[newcomer] = deque(), bytearray()

    def read(self, sock):
        try:
            data = sock.recv(65_536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self.queues[sock].extend(self.parsers[sock].feed(data))
        else:
            self.leaving.add(sock)

    def work(self, sock):
        queue, out = self.queues[sock], self.out[sock]
        while queue and len(out) < HIGH:
            found = queue.popleft()
            over = isinstance(found, Refusal) and found.last
            if isinstance(found, Refusal):
                out += found.answer + b"\r\n"
            elif found.words[0] == b"quit":
                over = True
            else:
                out += self.commands.answer(found)
            if over:
                queue.clear()
                self.leaving.add(sock)

    def tell(self, sock):
        try:
            if self.out[sock]:
                del self.out[sock][: sock.send(self.out[sock])]
        except BlockingIOError:
            pass
        except OSError:
            self.leaving.add(sock)
            self.out[sock].clear()
            self.queues[sock].clear()
        if sock in self.leaving and not (self.out[sock] or self.queues[sock]):
            del self.parsers[sock], self.queues[sock], self.out[sock]
            self.leaving.discard(sock)
            with suppress(OSError):
                sock.shutdown(socket.SHUT_WR)
            self.parted[sock] = time.monotonic() + LINGER

    def throw_away(self, sock):
        data = b""
        with suppress(OSError):
            data = sock.recv(65_536)
        if not data:
            del self.parted[sock]
            sock.close()


def serve_database(listener, database, clock=time.time):
    aisle = Aisle(listener, database, clock)
    while True:
        aisle.turn()
