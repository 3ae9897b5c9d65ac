"""It looks for the end of a line in the newest piece alone.

task: LineParser
diagnosis: M03
"""


class LineParser:
    def __init__(self):
        self.unfinished = b""

    def feed(self, data):
        *lines, rest = data.split(b"\r\n")
        if not lines:
            self.unfinished += rest
            return []
        lines[0] = self.unfinished + lines[0]
        self.unfinished = rest
        return lines
