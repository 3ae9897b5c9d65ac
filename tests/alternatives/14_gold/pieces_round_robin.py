"""One deque of golds, of which the first gets the next piece.

task: serve_in_pieces
"""


class Round:
    """All golds under way; in each turn of the loop one of them gets on."""

    def __init__(self, loop):
        self.loop, self.guests = loop, deque()

    def add(self, guest):
        if not self.guests:
            self.loop.soon(self.piece)
        self.guests.append(guest)

    def piece(self):
        guest = self.guests.popleft()
        if not guest.is_gone:
            guest.one_piece()
        if self.guests:
            self.loop.soon(self.piece)


class Sharer(Guest):
    def __init__(self, loop, sock, begin, all_golds):
        super().__init__(loop, sock)
        self.begin, self.all_golds = begin, all_golds
        self.lines, self.making = [], None

    def came(self, line):
        self.lines.append(line)
        if self.making is None:
            self.go_on()

    def go_on(self):
        while self.lines:
            line = self.lines.pop(0)
            if line[:5] == b"gold ":
                self.making = self.begin(line[5:])
                self.all_golds.add(self)
                return
            self.answer(line.upper())

    def one_piece(self):
        try:
            next(self.making)
        except Exception as end:
            answer = getattr(end, "value", None)
            if not isinstance(end, StopIteration):
                answer = b"sorry: %s" % type(end).__name__.encode()
            self.making = None
            self.answer(answer)
            self.go_on()
        else:
            self.all_golds.guests.append(self)


def serve_in_pieces(listener, begin):
    loop = Loop()
    all_golds = Round(loop)
    serve(
        listener, loop, lambda loop, sock: Sharer(loop, sock, begin, all_golds)
    )
