"""It keeps one unfinished line for both sides.

task: log_lines
diagnosis: M109
"""


def log_lines(listener, upstream, seconds, log):
    class Logged(Pair):
        def __init__(self, loop, near, far):
            self.unfinished = b""
            super().__init__(loop, near, far)

        def passes(self, side, data):
            who = "client" if side is self.near else "upstream"
            *lines, rest = (self.unfinished + data).split(b"\n")
            if not data and rest:
                lines, rest = [rest], b""
            self.unfinished = rest
            for line in lines:
                log(self.number, who, line)

    relay_pairs(listener, upstream, seconds, Logged)
