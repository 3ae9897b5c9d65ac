"""It sends when the turn is over, where nobody catches what send() raises.

task: serve_database
diagnosis: M10
"""


class Hall(Hall):
    def run_once(self, timeout=None):
        TimedLoop.run_once(self, timeout)
        self.commands.store.sync()
        owed, self.owed = self.owed, set()
        for guest in owed:
            guest.say()
