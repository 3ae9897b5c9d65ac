"""It sends slices until one is not taken whole.

task: pour
"""


def pour(connection, pending):
    while pending:
        try:
            n = connection.send(bytes(pending[:8192]))
        except BlockingIOError:
            return
        pending[:] = pending[n:]
