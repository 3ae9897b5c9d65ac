"""One loop around poll(), which times each work(line) and not the call.

task: monitored
"""


class Visited:
    """One connection, and what is to be known of it."""

    def __init__(self, sock, port):
        sock.setblocking(False)
        self.sock, self.port = sock, port
        self.begun, self.pending, self.is_open = b"", bytearray(), True

    def serve(self, work, clock):
        """One call on its socket; the time that its lines took, if any."""
        if self.pending:
            del self.pending[: self.sock.send(self.pending)]
            return 0.0
        data, most = self.sock.recv(SCOOP), 0.0
        self.is_open = bool(data)
        *lines, self.begun = (self.begun + data).split(b"\n")
        for line in lines:
            began = clock()
            self.pending += work(line)
            most = max(most, clock() - began)
        return most


class Aisle:
    """Two listeners, and all clients by their sockets."""

    def __init__(self, listener, monitor, clock, work):
        self.doors = {listener: self.let_in, monitor: self.show}
        self.clock, self.work = clock, work
        self.clients, self.slowest = {}, (0.0, "nobody")
        self.opens = dict.fromkeys(self.doors, float("-inf"))
        for door in self.doors:
            door.setblocking(False)

    def turn(self):
        now, wakes = self.clock(), []
        poll, known = select.poll(), {}
        for door in self.doors:
            if self.opens[door] > now:
                wakes.append(self.opens[door] - now)
            else:
                known[door.fileno()] = door
                poll.register(door, select.POLLIN)
        for sock, client in self.clients.items():
            known[sock.fileno()] = sock
            busy = select.POLLOUT if client.pending else select.POLLIN
            poll.register(sock, busy)
        for number, _ in poll.poll(min(wakes) * 1000 if wakes else None):
            sock = known[number]
            if sock in self.doors:
                self.answer_the(sock)
            else:
                self.serve(self.clients[sock])

    def answer_the(self, door):
        try:
            self.doors[door](*door.accept())
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError:
            self.opens[door] = self.clock() + PAUSE

    def let_in(self, sock, address):
        self.clients[sock] = Visited(sock, address[1])

    def show(self, sock, address):
        seconds, whose = self.slowest
        with sock, suppress(OSError):
            for client in self.clients.values():
                count = len(client.pending) + on_its_way(client.sock)
                sock.send(b"%d: %d pending\n" % (client.port, count))
            sock.send(f"slowest: {seconds:.2f} s for {whose}\n".encode())

    def serve(self, client):
        try:
            took = client.serve(self.work, self.clock)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            client.is_open, client.pending, took = False, b"", 0.0
        if took > self.slowest[0]:
            self.slowest = took, client.port
        if not client.is_open and not client.pending:
            del self.clients[client.sock]
            client.sock.close()


def monitored(listener, monitor, clock, work):
    aisle = Aisle(listener, monitor, clock, work)
    while True:
        aisle.turn()
