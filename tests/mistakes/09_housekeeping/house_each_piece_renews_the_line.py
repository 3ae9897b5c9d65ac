"""Each piece of a line begins the time for its newline anew.

task: keep_house
diagnosis: M20
"""


class Guest(Guest):
    def handle_read(self, data):
        super().handle_read(data)
        if self.unfinished:
            self.hurry(True)
