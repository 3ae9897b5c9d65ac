"""At the goodbye it sends once, and closes, whatever is still pending.

task: serve_database
diagnosis: M67
"""


class Guest(Guest):
    def say(self):
        super().say()
        if self.leaving:
            self.close()
