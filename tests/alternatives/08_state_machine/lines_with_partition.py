"""It takes line by line out of a bytearray.

task: LineParser
"""


class LineParser:
    def __init__(self):
        self.jug = bytearray()

    def feed(self, data):
        self.jug.extend(data)
        lines = []
        while True:
            line, end, rest = self.jug.partition(b"\r\n")
            if not end:
                return lines
            lines.append(bytes(line))
            self.jug = rest
