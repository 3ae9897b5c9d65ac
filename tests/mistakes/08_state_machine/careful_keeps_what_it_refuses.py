"""It waits for the whole of a block before it refuses that.

task: CarefulParser
diagnosis: M47
"""


class CarefulParser:
    def __init__(self):
        self.buffer = bytearray()
        self.mode = "line"

    def feed(self, data):
        self.buffer += data
        found = []
        while (item := getattr(self, self.mode)()) is not None:
            found += item
        return found

    def line(self):
        end = self.buffer.find(b"\r\n", 0, LINE_LIMIT)
        if end < 0 and len(self.buffer) < LINE_LIMIT:
            return None
        if end < 0:
            self.mode = "rest"
            return [Refusal(b"CLIENT_ERROR line too long")]
        try:
            self.words, self.size = understand(self.take(end))
        except ValueError as error:
            return [Refusal(str(error).encode())]
        if self.size is None:
            return [Request(self.words, None)]
        self.mode = "block"
        return []

    def block(self):
        if len(self.buffer) < self.size + 2:
            return None
        self.mode = "line"
        if self.size > BLOCK_LIMIT:
            del self.buffer[: self.size]
            self.mode = "rest"
            return [Refusal(b"SERVER_ERROR object too large for cache")]
        if self.buffer[self.size : self.size + 2] == b"\r\n":
            return [Request(self.words, self.take(self.size))]
        del self.buffer[: self.size]
        self.mode = "rest"
        return [Refusal(b"CLIENT_ERROR bad data chunk")]

    def rest(self):
        end = self.buffer.find(b"\r\n")
        if end < 0:
            del self.buffer[:-1]
            return None
        self.take(end)
        self.mode = "line"
        return []

    def take(self, size):
        taken = bytes(self.buffer[:size])
        del self.buffer[: size + 2]
        return taken
