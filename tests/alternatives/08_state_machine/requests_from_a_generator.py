"""Its state is the place in a generator: yield waits for more bytes.

task: RequestParser
"""


class RequestParser:
    def __init__(self):
        self.buffer = b""
        self.found = []
        self.machine = self.run()
        next(self.machine)

    def feed(self, data):
        self.buffer += data
        next(self.machine)
        found, self.found = self.found, []
        return found

    def run(self):
        while True:
            while b"\r\n" not in self.buffer:
                yield
            line, _, self.buffer = self.buffer.partition(b"\r\n")
            words, size = understand(line)
            block = None
            if size is not None:
                while len(self.buffer) < size + 2:
                    yield
                block = self.buffer[:size]
                self.buffer = self.buffer[size + 2 :]
            self.found.append(Request(words, block))
