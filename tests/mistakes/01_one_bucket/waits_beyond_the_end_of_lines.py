"""It never notices that the client has finished sending.

task: read_line
diagnosis: M42
"""

def read_line(conn, jug):
    while (end := jug.find(b"\r\n", 0, LIMIT)) < 0:
        if len(jug) >= LIMIT:
            raise ValueError("too long")
        data = conn.recv(4096)
        jug += data
    line = bytes(jug[:end])
    del jug[: end + 2]
    return line
