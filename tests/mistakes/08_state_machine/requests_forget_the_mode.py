"""It takes a block only if it comes with its line.

task: RequestParser
diagnosis: M75
"""


class RequestParser:
    def __init__(self):
        self.buffer = b""

    def feed(self, data):
        self.buffer += data
        found = []
        while b"\r\n" in self.buffer:
            line, _, self.buffer = self.buffer.partition(b"\r\n")
            words, size = understand(line)
            block = None
            if size is not None:
                if len(self.buffer) < size + 2:
                    break
                block = self.buffer[:size]
                self.buffer = self.buffer[size + 2 :]
            found.append(Request(words, block))
        return found
