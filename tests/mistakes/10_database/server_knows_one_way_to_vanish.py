"""Of what send() may raise, it catches ConnectionResetError alone.

task: serve_database
diagnosis: M10
"""


class Guest(Guest):
    def part(self):
        with suppress(OSError):
            super().part()


class Hall(Hall):
    def run_once(self, timeout=None):
        TimedLoop.run_once(self, timeout)
        self.commands.store.sync()
        owed, self.owed = self.owed, set()
        for guest in owed:
            try:
                guest.say()
            except ConnectionResetError:
                guest.close()
