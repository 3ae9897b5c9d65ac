"""A handler of the signal stops the loop, and nothing wakes it.

task: run_database
diagnosis: M138
"""


def run_database(listener, path="pantry"):
    with closing(open_database(path)) as database:
        hall = Hall(listener, database, time.time)
        signal.signal(signal.SIGTERM, lambda *_: hall.stop())
        hall.run()
