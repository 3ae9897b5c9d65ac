"""The handler of the signal raises, but only out of the wait.

task: run_database
"""


class Over(Exception):
    """SIGTERM has come while nothing was in hand."""


class PatientHall(Hall):
    waiting, asked = False, False

    def hear(self, *_):
        self.asked = True
        if self.waiting:
            raise Over

    def wait(self, timeout):
        self.waiting = True
        try:
            if self.asked:
                raise Over
            return super().wait(timeout)
        finally:
            self.waiting = False


def run_database(listener, path="pantry"):
    database = open_database(path)
    hall = PatientHall(listener, database, time.time)
    signal.signal(signal.SIGTERM, hall.hear)
    try:
        hall.run()
    except Over:
        pass
    finally:
        hall.commands.store.sync()
        database.close()
