"""It takes one recv(4) for the four bytes of the length.

task: read_text
diagnosis: M03
"""

def read_text(conn):
    head = conn.recv(4)
    if not head:
        raise EOFError("no text")
    size = int.from_bytes(head, "big")
    if size > LIMIT:
        raise ValueError("too long")
    return read_exactly(conn, size).decode()
