"""The end of file has come, and it still waits for the newline.

task: keep_house
diagnosis: M93
"""


class Guest(Guest):
    def handle_close(self):
        self.finished = True
        self.watch()
