"""Its mode is a word, and one loop looks at it.

task: CarefulParser
"""

REFUSALS = {
    "long": Refusal(b"CLIENT_ERROR line too long\r\n"),
    "large": Refusal(b"SERVER_ERROR object too large for cache\r\n"),
    "chunk": Refusal(b"CLIENT_ERROR bad data chunk\r\n"),
}


class CarefulParser:
    def __init__(self):
        self.mode, self.rest, self.left = "line", b"", 0

    def feed(self, data):
        self.rest += data
        found, moved = [], True
        while moved:
            if self.mode == "line":
                moved = self.one_line(found)
            elif self.mode == "block":
                moved = self.one_block(found)
            else:
                moved = self.skip(found)
        return found

    def one_line(self, found):
        line, end, _ = self.rest[:LINE_LIMIT].partition(b"\r\n")
        if not end:
            if len(line) == LINE_LIMIT:
                found.append(REFUSALS["long"])
                self.mode, self.left = "skip", 0
            return len(line) == LINE_LIMIT
        self.rest = self.rest[len(line) + 2 :]
        try:
            self.words, self.left = understand(line)
        except ValueError as error:
            found.append(Refusal(error.args[0].encode()))
            return True
        if self.left is None:
            found.append(Request(self.words, None))
        else:
            self.mode = "skip" if self.left > BLOCK_LIMIT else "block"
        return True

    def one_block(self, found):
        size = self.left
        if len(self.rest) < size + 2:
            return False
        if self.rest[size : size + 2] == b"\r\n":
            found.append(Request(self.words, self.rest[:size]))
        else:
            found.append(REFUSALS["chunk"])
        self.mode, self.left, self.rest = "skip", 0, self.rest[size:]
        return True

    def skip(self, found):
        if self.left:
            skipped = min(self.left, len(self.rest))
            self.left -= skipped
            self.rest = self.rest[skipped:]
            if not self.left:
                found.append(REFUSALS["large"])
            return not self.left
        _, end, rest = self.rest.partition(b"\r\n")
        self.rest = rest if end else self.rest[-1:]
        if end:
            self.mode = "line"
        return bool(end)
