"""Where no line has come to its end, feed() returns None.

task: LineParser
diagnosis: M110
"""


class LineParser:
    def __init__(self):
        self.rest = b""

    def feed(self, data):
        pieces = (self.rest + data).split(b"\r\n")
        self.rest = pieces.pop()
        return pieces or None
