"""One select(), a row for each guest, and the least of all deadlines.

task: keep_house
"""


class Row:
    def __init__(self, sock, now):
        self.sock, self.unfinished, self.pending = sock, b"", b""
        self.over, self.gone = False, False
        self.idle, self.whole = now + IDLE, None

    def due(self):
        return min(self.idle, self.whole or self.idle)

    def read(self, now):
        data = self.sock.recv(65536)
        self.over = not data
        self.idle = now + IDLE
        *lines, self.unfinished = (self.unfinished + data).split(b"\n")
        if lines or self.over:
            self.whole = None
        if self.unfinished and not self.over and self.whole is None:
            self.whole = now + WHOLE
        for line in lines:
            self.pending += answer(line)

    def write(self, now):
        if self.pending:
            self.pending = self.pending[self.sock.send(self.pending) :]
            self.idle = now + IDLE

    def see_to(self, work, now):
        try:
            work(now)
        except BlockingIOError:
            return
        except OSError:
            self.gone = True
        if self.over and not self.pending:
            self.gone = True


def keep_house(listener, clock=time.monotonic):
    listener.setblocking(False)
    rows = {}
    while True:
        when = min((row.due() for row in rows.values()), default=None)
        left = None if when is None else max(0, when - clock())
        reading = [s for s, row in rows.items() if not row.over]
        writing = [s for s, row in rows.items() if row.pending]
        flags = select.select([listener, *reading], writing, [], left)
        for sock in flags[1]:
            rows[sock].see_to(rows[sock].write, clock())
        for sock in flags[0]:
            if sock is listener:
                guest, _ = listener.accept()
                guest.setblocking(False)
                rows[guest] = Row(guest, clock())
            elif not rows[sock].gone:
                rows[sock].see_to(rows[sock].read, clock())
        for sock, row in list(rows.items()):
            if row.gone or row.due() <= clock():
                del rows[sock]
                sock.close()
