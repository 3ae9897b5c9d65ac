"""A deque of lines for each, and a notice as soon as it fits.

task: broadcast_or_drop
"""


class Hearer:
    """A client, and whole lines for it; a part of the first may be gone."""

    def __init__(self, sock, most):
        sock.setblocking(False)
        self.sock, self.most, self.text = sock, most, b""
        self.lines, self.size, self.missing = deque(), 0, 0

    def keep(self, line):
        self.lines.append(line)
        self.size += len(line)

    def offer(self, line):
        notice = b""
        if self.missing:
            notice = b"*** %d lines dropped ***\n" % self.missing
        if self.size + len(notice) + len(line) > self.most:
            self.missing += 1
            return
        if notice:
            self.keep(notice)
            self.missing = 0
        self.keep(line)

    def pour(self):
        while self.lines:
            line = self.lines.popleft()
            sent = 0
            with suppress(BlockingIOError):
                sent = self.sock.send(line)
            self.size -= sent
            if sent < len(line):
                self.lines.appendleft(line[sent:])
                return
        if self.missing:
            self.keep(b"*** %d lines dropped ***\n" % self.missing)
            self.missing = 0

    def hear(self):
        data = self.sock.recv(65536)
        if not data:
            raise OSError("has ended")
        *lines, self.text = (self.text + data).split(b"\n")
        return lines


class House:
    """Everybody, and one turn for all of them."""

    def __init__(self, listener, most):
        self.listener, self.most, self.everybody = listener, most, {}

    def look(self):
        full = [sock for sock, one in self.everybody.items() if one.lines]
        r, w, _ = select.select([self.listener, *self.everybody], full, [])
        for sock in w:
            self.attempt(sock, self.pour)
        for sock in r:
            if sock is self.listener:
                newcomer, _ = self.listener.accept()
                self.everybody[newcomer] = Hearer(newcomer, self.most)
            elif sock in self.everybody:
                self.attempt(sock, self.hear)

    def attempt(self, sock, act):
        try:
            act(self.everybody[sock])
        except BlockingIOError:
            pass
        except OSError:
            del self.everybody[sock]
            sock.close()

    def pour(self, hearer):
        hearer.pour()

    def hear(self, speaker):
        for line in speaker.hear():
            for hearer in self.everybody.values():
                if hearer is not speaker:
                    hearer.offer(line + b"\n")


def broadcast_or_drop(listener, most):
    listener.setblocking(False)
    house = House(listener, most)
    while True:
        house.look()
