"""It logs each piece that comes as if it were a line.

task: log_lines
diagnosis: M01
"""


def log_lines(listener, upstream, seconds, log):
    class Logged(Pair):
        def passes(self, side, data):
            who = "client" if side is self.near else "upstream"
            for line in data.removesuffix(b"\n").split(b"\n") if data else []:
                log(self.number, who, line)

    relay_pairs(listener, upstream, seconds, Logged)
