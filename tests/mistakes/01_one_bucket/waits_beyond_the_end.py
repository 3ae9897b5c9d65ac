"""It waits for more after the end of file.

task: read_exactly
diagnosis: M42
"""

def read_exactly(conn, n):
    data = b""
    while len(data) < n:
        data += conn.recv(n - len(data))
    return data
