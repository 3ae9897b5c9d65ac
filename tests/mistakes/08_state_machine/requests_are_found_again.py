"""What was found is kept in the parser, and returned with the next.

task: RequestParser
diagnosis: M113
"""


class RequestParser:
    def __init__(self):
        self.buffer = b""
        self.words = None
        self.size = 0
        self.found = []

    def feed(self, data):
        self.buffer += data
        found = self.found
        while True:
            if self.words is None:
                line, end, rest = self.buffer.partition(b"\r\n")
                if not end:
                    return found
                self.buffer = rest
                words, size = understand(line)
                if size is None:
                    found.append(Request(words, None))
                else:
                    self.words, self.size = words, size
            else:
                if len(self.buffer) < self.size + 2:
                    return found
                block = self.buffer[: self.size]
                self.buffer = self.buffer[self.size + 2 :]
                found.append(Request(self.words, block))
                self.words = None
