"""A circle of its own: who has asked stands in a deque.

task: answer_in_turns
"""

import selectors


class Client:
    """A connection, its questions, and the rest of a piece."""

    def __init__(self, sock):
        sock.setblocking(False)
        self.sock = sock
        self.text, self.asks, self.rest = b"", deque(), b""
        self.has_ended = False

    def hear(self):
        data = self.sock.recv(65536)
        self.has_ended = not data
        *lines, self.text = (self.text + data).split(b"\n")
        for line in lines:
            name, size = asked(line)
            self.asks.append((name, 0, size))

    def turn(self, make, quantum):
        """What is left first; or new pieces, as far as the quantum goes."""
        if self.rest:
            self.pour()
            return
        while self.asks and quantum and not self.rest:
            name, start, size = self.asks.popleft()
            count = min(quantum, size - start)
            self.rest = make(name, start, count)
            quantum -= count
            if start + count < size:
                self.asks.appendleft((name, start + count, size))
            self.pour()

    def pour(self):
        self.rest = self.rest[self.sock.send(self.rest) :]


class Circle:
    """Everybody for whom a flag is up, one after the other."""

    def __init__(self, listener, make, quantum):
        self.listener, self.make, self.quantum = listener, make, quantum
        self.flags = selectors.DefaultSelector()
        self.flags.register(listener, selectors.EVENT_READ)

    def look(self):
        circle = deque()
        for key, event in self.flags.select():
            if key.fileobj is self.listener:
                newcomer = Client(self.listener.accept()[0])
                reads = selectors.EVENT_READ
                self.flags.register(newcomer.sock, reads, newcomer)
            else:
                circle.append((key.data, event))
        while circle:
            self.serve(*circle.popleft())

    def serve(self, client, event):
        try:
            if event & selectors.EVENT_READ:
                client.hear()
            else:
                client.turn(self.make, self.quantum)
        except BlockingIOError:
            pass
        except OSError:
            client.asks.clear()
            client.rest, client.has_ended = b"", True
        self.watch(client)

    def watch(self, client):
        wants = client.asks or client.rest
        if not wants and client.has_ended:
            self.flags.unregister(client.sock)
            client.sock.close()
            return
        event = selectors.EVENT_WRITE if wants else selectors.EVENT_READ
        self.flags.modify(client.sock, event, client)


def answer_in_turns(listener, make, quantum):
    listener.setblocking(False)
    circle = Circle(listener, make, quantum)
    while True:
        circle.look()
