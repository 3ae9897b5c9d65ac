"""It syncs once, at its very end.

task: run_database
diagnosis: M129
"""


class LazyHall(Hall):
    def run_once(self, timeout=None):
        TimedLoop.run_once(self, timeout)
        owed, self.owed = self.owed, set()
        for guest in owed:
            try:
                guest.say()
            except OSError:
                guest.close()


def run_database(listener, path="pantry"):
    with closing(open_database(path)) as database:
        hall = LazyHall(listener, database, time.time)
        Bell(hall)
        hall.run()
        hall.commands.store.sync()
