"""It calls recv() even when no bytes are missing.

task: read_exactly
diagnosis: M44
"""

def read_exactly(conn, n):
    data = b""
    while True:
        piece = conn.recv(n - len(data))
        if not piece:
            raise EOFError("the end came too early")
        data += piece
        if len(data) == n:
            return data
