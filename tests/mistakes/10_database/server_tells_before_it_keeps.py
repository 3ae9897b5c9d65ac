"""It sends each answer as soon as it has it.

task: serve_database
diagnosis: M127
"""


class Guest(Guest):
    def handle_read(self, data):
        super().handle_read(data)
        self.say()
