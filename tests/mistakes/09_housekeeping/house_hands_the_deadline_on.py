"""What follows a newline in the same piece inherits the deadline of its line.

task: keep_house
diagnosis: M93
"""


class Guest(Guest):
    def handle_read(self, data):
        self.stir()
        *lines, self.unfinished = (self.unfinished + data).split(b"\n")
        if not self.unfinished:
            self.hurry(False)
        elif not self.whole:
            self.hurry(True)
        self.pending += b"".join(map(answer, lines))
        self.watch()
