"""It takes one recv(n) for n bytes.

task: read_exactly
diagnosis: M40
"""

def read_exactly(conn, n):
    data = conn.recv(n)
    if len(data) == 0 and n > 0:
        raise EOFError("the end came too early")
    return data
