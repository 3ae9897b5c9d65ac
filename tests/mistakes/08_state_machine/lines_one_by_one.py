"""feed() is a generator: it takes bytes in only when somebody walks over it.

task: LineParser
diagnosis: M110
"""


class LineParser:
    def __init__(self):
        self.rest = b""

    def feed(self, data):
        *lines, self.rest = (self.rest + data).split(b"\r\n")
        yield from lines
