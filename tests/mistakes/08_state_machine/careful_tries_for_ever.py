"""A line that is not whole yet is tried again, without end.

task: CarefulParser
diagnosis: M111
"""


class CarefulParser:
    def __init__(self):
        self.buffer = bytearray()
        self.mode, self.words, self.size = "line", None, 0

    def feed(self, data):
        self.buffer += data
        found = []
        while getattr(self, self.mode)(found):
            pass
        return found

    def line(self, found):
        end = self.buffer.find(b"\r\n", 0, LINE_LIMIT)
        if end < 0:
            if len(self.buffer) < LINE_LIMIT:
                return True
            found.append(Refusal(b"CLIENT_ERROR line too long"))
            self.mode = "rest"
            return True
        line = bytes(self.buffer[:end])
        del self.buffer[: end + 2]
        try:
            words, size = understand(line)
        except ValueError as error:
            found.append(Refusal(str(error).encode()))
            return True
        if size is None:
            found.append(Request(words, None))
        elif size > BLOCK_LIMIT:
            found.append(Refusal(b"SERVER_ERROR object too large for cache"))
            self.size, self.mode = size, "skip"
        else:
            self.words, self.size, self.mode = words, size, "block"
        return True

    def block(self, found):
        if len(self.buffer) < self.size + 2:
            return False
        block = bytes(self.buffer[: self.size])
        del self.buffer[: self.size]
        if self.buffer[:2] == b"\r\n":
            del self.buffer[:2]
            found.append(Request(self.words, block))
            self.mode = "line"
        else:
            found.append(Refusal(b"CLIENT_ERROR bad data chunk"))
            self.mode = "rest"
        return True

    def skip(self, found):
        count = min(self.size, len(self.buffer))
        del self.buffer[:count]
        self.size -= count
        if self.size:
            return False
        self.mode = "rest"
        return True

    def rest(self, found):
        end = self.buffer.find(b"\r\n")
        if end < 0:
            del self.buffer[:-1]
            return False
        del self.buffer[: end + 2]
        self.mode = "line"
        return True
