"""What is kept goes by a clock whose zero is another in every process.

task: run_database
diagnosis: M121
"""


def run_database(listener, path="pantry"):
    with closing(open_database(path)) as database:
        hall = Hall(listener, database, time.monotonic)
        Bell(hall)
        hall.run()
