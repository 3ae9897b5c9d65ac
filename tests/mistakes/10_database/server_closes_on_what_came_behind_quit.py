"""At the goodbye it closes, whatever lies there unread.

task: serve_database
diagnosis: M09
"""


class Guest(Guest):
    def part(self):
        self.close()
