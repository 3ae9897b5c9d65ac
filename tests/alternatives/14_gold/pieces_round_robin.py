"""One deque of golds, of which the first gets the next piece.

task: serve_in_pieces
"""


class Round:
    """All golds under way; in each turn of the loop one of them gets on."""

    def __init__(self, loop):
        self.loop, self.guests = loop, deque()
        self.is_due = False

    def add(self, guest):
        self.guests.append(guest)
        if not self.is_due:
            self.is_due = True
            self.loop.soon(self.piece)

    def piece(self):
        self.is_due = False
        guest = self.guests.popleft()
        if not guest.is_gone and guest.one_piece():
            self.guests.append(guest)
        if self.guests and not self.is_due:
            self.is_due = True
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
        """Whether there are more to make."""
        try:
            next(self.making)
            return True
        except StopIteration as end:
            answer = end.value
        except Exception as error:
            answer = b"sorry: %s" % type(error).__name__.encode()
        self.making = None
        self.answer(answer)
        self.go_on()
        return False


def serve_in_pieces(listener, begin):
    loop = Loop()
    all_golds = Round(loop)
    serve(
        listener, loop, lambda loop, sock: Sharer(loop, sock, begin, all_golds)
    )
