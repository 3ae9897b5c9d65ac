"""It takes an empty text for the end of the stream.

task: read_text
diagnosis: M44
"""

def read_text(conn):
    size = int.from_bytes(read_exactly(conn, 4), "big")
    if size > LIMIT:
        raise ValueError("too long")
    if size:
        return read_exactly(conn, size).decode()
