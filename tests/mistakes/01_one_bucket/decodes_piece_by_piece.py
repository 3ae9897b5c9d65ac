"""It decodes each piece as it comes.

task: read_text
diagnosis: M03
"""

def read_text(conn):
    size = int.from_bytes(read_exactly(conn, 4), "big")
    if size > LIMIT:
        raise ValueError("too long")
    text = ""
    while size:
        piece = conn.recv(size)
        if not piece:
            raise EOFError("the text broke off")
        size -= len(piece)
        text += piece.decode()
    return text
