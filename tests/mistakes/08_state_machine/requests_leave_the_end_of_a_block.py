"""It counts the block, and leaves the end of it behind.

task: RequestParser
diagnosis: M76
"""


class RequestParser:
    def __init__(self):
        self.buffer = b""
        self.words, self.size = None, None

    def feed(self, data):
        self.buffer += data
        found = []
        while True:
            if self.size is None:
                line, end, rest = self.buffer.partition(b"\r\n")
                if not end:
                    return found
                self.buffer = rest
                self.words, self.size = understand(line)
                if self.size is None:
                    found.append(Request(self.words, None))
            elif len(self.buffer) < self.size:
                return found
            else:
                found.append(Request(self.words, self.buffer[: self.size]))
                self.buffer = self.buffer[self.size :]
                self.size = None
