"""A machine that takes one byte at a time.

task: RequestParser
"""


class RequestParser:
    def __init__(self):
        self.got, self.words, self.left = [], None, 0

    def feed(self, data):
        return [r for byte in data if (r := self.drop(byte)) is not None]

    def drop(self, byte):
        self.got.append(byte)
        if self.words is not None:
            self.left -= 1
            if self.left:
                return None
            words, self.words = self.words, None
            block, self.got = bytes(self.got[:-2]), []
            return Request(words, block)
        if self.got[-2:] != [13, 10]:
            return None
        line, self.got = bytes(self.got[:-2]), []
        words, size = understand(line)
        if size is None:
            return Request(words, None)
        self.words, self.left = words, size + 2
