"""It looks at what send() returns, and lets its BlockingIOError out.

task: pour
diagnosis: M65
"""

def pour(connection, pending):
    n = connection.send(pending)
    del pending[:n]
