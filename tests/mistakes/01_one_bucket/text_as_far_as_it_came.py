"""It returns as much of a text as came before the end.

task: read_text
diagnosis: M43
"""

def read_text(conn):
    size = int.from_bytes(read_exactly(conn, 4), "big")
    if size > LIMIT:
        raise ValueError("too long")
    text = b""
    while len(text) < size:
        piece = conn.recv(size - len(text))
        if not piece:
            break
        text += piece
    return text.decode()
