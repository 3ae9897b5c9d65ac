"""It takes the next end of a line for the end of the block.

task: RequestParser
diagnosis: M76
"""


class RequestParser:
    def __init__(self):
        self.buffer = b""
        self.words = None

    def feed(self, data):
        *lines, self.buffer = (self.buffer + data).split(b"\r\n")
        found = []
        for line in lines:
            if self.words:
                found.append(Request(self.words, line))
                self.words = None
                continue
            words, size = understand(line)
            if size is None:
                found.append(Request(words, None))
            else:
                self.words = words
        return found
