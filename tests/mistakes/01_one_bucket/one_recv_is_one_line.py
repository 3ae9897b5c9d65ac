"""It takes one recv() for one line.

task: read_line
diagnosis: M40
"""

def read_line(conn, jug):
    data = conn.recv(LIMIT)
    if not data:
        return None
    return data.removesuffix(b"\r\n")
