"""It reads the length with its least significant byte first.

task: read_text
diagnosis: M48
"""

def read_text(conn):
    size = int.from_bytes(read_exactly(conn, 4), "little")
    if size > LIMIT:
        raise ValueError("too long")
    return read_exactly(conn, size).decode()
