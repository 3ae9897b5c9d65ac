"""It believes any length that a client announces.

task: read_text
diagnosis: M47
"""

def read_text(conn):
    size = int.from_bytes(read_exactly(conn, 4), "big")
    return read_exactly(conn, size).decode()
