"""All parsers share the buffer that their class has.

task: LineParser
diagnosis: M79
"""


class LineParser:
    unfinished = bytearray()

    def feed(self, data):
        self.unfinished += data
        lines = []
        while (end := self.unfinished.find(b"\r\n")) >= 0:
            lines.append(bytes(self.unfinished[:end]))
            del self.unfinished[: end + 2]
        return lines
