"""It carries out no more than finds room, and reads whatever comes.

task: serve_database
diagnosis: M139
"""


class Guest(Guest):
    def say(self):
        super().say()
        if self.sock.fileno() >= 0 and not self.leaving:
            more = bool(self.pending or self.found)
            self.loop.modify(self, read=True, write=more)
