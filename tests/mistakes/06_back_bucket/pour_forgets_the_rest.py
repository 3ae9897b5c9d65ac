"""It sends once, and takes for granted that everything was taken.

task: pour
diagnosis: M04
"""

def pour(connection, pending):
    with suppress(BlockingIOError):
        connection.send(pending)
        pending.clear()
