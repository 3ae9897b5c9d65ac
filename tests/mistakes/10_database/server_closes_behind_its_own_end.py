"""It says its own end, and closes at once, whatever may still come.

task: serve_database
diagnosis: M09
"""


class Guest(Guest):
    def part(self):
        super().part()
        if self.parting:
            self.close()


class Hall(Hall):
    def __init__(self, listener, database, clock):
        TimedLoop.__init__(self)
        self.commands = Commands(database, clock)
        self.owed = set()
        self.register(Door(self, listener, Guest))
        self.call_every(TICK, lambda: self.commands.store.sweep(SWEPT))


def serve_database(listener, database, clock=time.time):
    Hall(listener, database, clock).run()
