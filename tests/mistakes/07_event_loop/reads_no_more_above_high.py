"""It stops reading above HIGH, and nothing makes it start again.

task: Echo
diagnosis: M102
"""


class Echo(Echo):
    full = False

    def watch(self):
        if self.finished and not self.pending:
            self.close()
            return
        self.full = self.full or len(self.pending) > HIGH
        read = not self.finished and not self.full
        self.loop.modify(self, read=read, write=bool(self.pending))
