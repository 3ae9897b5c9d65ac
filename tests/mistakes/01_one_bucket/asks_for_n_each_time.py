"""It asks for n bytes each time, however few are missing.

task: read_exactly
diagnosis: M41
"""

def read_exactly(conn, n):
    data = b""
    while len(data) < n:
        piece = conn.recv(n)
        if not piece:
            raise EOFError("the end came too early")
        data += piece
    return data
