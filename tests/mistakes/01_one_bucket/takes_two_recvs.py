"""It calls recv() twice, in case the first was not enough.

task: read_exactly
diagnosis: M40
"""

def read_exactly(conn, n):
    data = conn.recv(n) if n else b""
    if len(data) < n:
        data += conn.recv(n - len(data))
    if n and not data:
        raise EOFError("the end came too early")
    return data
