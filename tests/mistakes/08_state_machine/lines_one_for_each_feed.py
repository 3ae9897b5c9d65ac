"""It returns one line for each feed.

task: LineParser
diagnosis: M78
"""


class LineParser:
    def __init__(self):
        self.unfinished = b""

    def feed(self, data):
        self.unfinished += data
        line, end, rest = self.unfinished.partition(b"\r\n")
        if not end:
            return []
        self.unfinished = rest
        return [line]
