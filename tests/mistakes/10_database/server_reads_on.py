"""It carries out no more than finds room, and reads whatever comes.

task: serve_database
diagnosis: M139
"""


class Guest(Guest):
    def handle_read(self, data):
        if not self.leaving:
            super().handle_read(data)

    def say(self):
        super().say()
        if self.sock.fileno() >= 0 and not self.leaving:
            more = bool(self.pending or self.found)
            self.loop.modify(self, read=True, write=more)
