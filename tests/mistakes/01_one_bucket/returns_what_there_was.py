"""It returns what there was when the stream ended.

task: read_exactly
diagnosis: M43
"""

def read_exactly(conn, n):
    data = b""
    while len(data) < n:
        piece = conn.recv(n - len(data))
        if not piece:
            break
        data += piece
    return data
