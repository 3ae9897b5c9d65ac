"""It takes line by line out of a bytearray.

task: LineParser
"""


class LineParser:
    def __init__(self):
        self.buffer = bytearray()

    def feed(self, data):
        self.buffer.extend(data)
        lines = []
        while True:
            line, end, rest = self.buffer.partition(b"\r\n")
            if not end:
                return lines
            lines.append(bytes(line))
            self.buffer = rest
