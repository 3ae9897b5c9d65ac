"""After a reset the loop closes, and nobody cancels the timers.

task: keep_house
diagnosis: M93
"""


class Guest(Guest):
    def handle_error(self, error):
        Handler.handle_error(self, error)
