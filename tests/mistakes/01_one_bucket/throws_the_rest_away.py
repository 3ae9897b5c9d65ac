"""It receives what there is, and throws away what it does not need.

task: read_exactly
diagnosis: M41
"""

def read_exactly(conn, n):
    data = b""
    while len(data) < n:
        piece = conn.recv(4096)
        if not piece:
            raise EOFError("the end came too early")
        data += piece
    return data[:n]
