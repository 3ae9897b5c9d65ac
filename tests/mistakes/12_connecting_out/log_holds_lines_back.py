"""It sends a line on when it is whole, and not before.

task: log_lines
diagnosis: M198
"""


def log_lines(listener, upstream, seconds, log):
    class ByLines(Side):
        def __init__(self, pair, sock, who):
            super().__init__(pair, sock)
            self.who, self.unfinished = who, b""

        def read(self):
            try:
                data = self.sock.recv(SCOOP)
            except OSError:
                self.pair.close()
                return
            self.has_ended = not data
            self.unfinished += data
            while b"\n" in self.unfinished:
                line, _, self.unfinished = self.unfinished.partition(b"\n")
                log(self.pair.number, self.who, line)
                self.other.pending += line + b"\n"
            if not data and self.unfinished:
                log(self.pair.number, self.who, self.unfinished)
                self.other.pending += self.unfinished
            self.other.write()

    class Lines(Pair):
        def __init__(self, loop, near, far):
            self.loop = loop
            self.near = ByLines(self, near, "client")
            self.far = ByLines(self, far, "upstream")
            self.near.other, self.far.other = self.far, self.near
            self.watch()

    relay_pairs(listener, upstream, seconds, Lines)
