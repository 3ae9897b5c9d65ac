"""It trusts sendall() on a connection that does not wait.

task: pour
diagnosis: M05
"""

def pour(connection, pending):
    connection.sendall(pending)
    pending.clear()
