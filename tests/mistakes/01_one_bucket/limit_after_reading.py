"""It reads the text first, and then looks at its length.

task: read_text
diagnosis: M47
"""

def read_text(conn):
    size = int.from_bytes(read_exactly(conn, 4), "big")
    text = bytearray()
    while len(text) < size:
        piece = conn.recv(min(size - len(text), 4096))
        if not piece:
            raise EOFError("the text broke off")
        text += piece
    if size > LIMIT:
        raise ValueError("too long")
    return text.decode()
