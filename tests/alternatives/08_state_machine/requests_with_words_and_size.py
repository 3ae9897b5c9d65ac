"""It has no name for its mode: a size that is known is the mode.

task: RequestParser
"""


class RequestParser:
    def __init__(self):
        self.rest, self.words, self.size = b"", None, None

    def feed(self, data):
        self.rest += data
        found = []
        while request := self.next():
            found.append(request)
        return found

    def next(self):
        if self.size is None:
            line, end, rest = self.rest.partition(b"\r\n")
            if not end:
                return None
            self.rest = rest
            self.words, self.size = understand(line)
            if self.size is None:
                return Request(self.words, None)
        if len(self.rest) < self.size + 2:
            return None
        request = Request(self.words, self.rest[: self.size])
        self.rest = self.rest[self.size + 2 :]
        self.size = None
        return request
