"""A circle of its own: who has asked stands in a deque.

task: answer_in_turns
"""

import selectors


class Client:
    def __init__(self, sock):
        self.sock = sock
        self.text, self.asks, self.rest = b"", deque(), b""
        self.has_ended = False


def answer_in_turns(listener, make, quantum):
    listener.setblocking(False)
    flags = selectors.DefaultSelector()
    flags.register(listener, selectors.EVENT_READ)
    circle = deque()

    def watch(client):
        wants = client.asks or client.rest
        if not wants and client.has_ended:
            leave(client)
            return
        event = selectors.EVENT_WRITE if wants else selectors.EVENT_READ
        flags.modify(client.sock, event, client)

    def leave(client):
        flags.unregister(client.sock)
        client.sock.close()

    def turn(client):
        made = 0
        while client.asks and made < quantum and not client.rest:
            name, start, size = client.asks[0]
            count = min(quantum - made, size - start)
            client.rest = make(name, start, count)
            client.asks[0] = name, start + count, size
            if start + count == size:
                client.asks.popleft()
            made += count
            sent = client.sock.send(client.rest)
            client.rest = client.rest[sent:]
        if client.rest and not made:
            client.rest = client.rest[client.sock.send(client.rest) :]

    def hear(client):
        data = client.sock.recv(65536)
        client.has_ended = not data
        *lines, client.text = (client.text + data).split(b"\n")
        for line in lines:
            name, size = asked(line)
            client.asks.append((name, 0, size))

    while True:
        for key, event in flags.select():
            if key.fileobj is listener:
                sock, _ = listener.accept()
                sock.setblocking(False)
                flags.register(sock, selectors.EVENT_READ, Client(sock))
            else:
                circle.append((key.data, event))
        while circle:
            client, event = circle.popleft()
            try:
                hear(client) if event & selectors.EVENT_READ else turn(client)
            except BlockingIOError:
                pass
            except OSError:
                leave(client)
                continue
            watch(client)
