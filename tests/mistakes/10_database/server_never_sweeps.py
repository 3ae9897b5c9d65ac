"""Its store can sweep, and nobody tells it to.

task: serve_database
diagnosis: M126
"""


class Hall(Hall):
    def __init__(self, listener, database, clock):
        TimedLoop.__init__(self)
        self.commands = Commands(database, clock)
        self.owed = set()
        self.register(Door(self, listener, Guest))
