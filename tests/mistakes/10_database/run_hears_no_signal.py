"""It leaves SIGTERM to the kernel.

task: run_database
diagnosis: M138
"""


def run_database(listener, path="pantry"):
    with closing(open_database(path)) as database:
        Hall(listener, database, time.time).run()
