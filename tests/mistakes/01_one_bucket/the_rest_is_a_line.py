"""It returns what is in the jug at the end as if it were a line.

task: read_line
diagnosis: M43
"""

def read_line(conn, jug):
    while (end := jug.find(b"\r\n", 0, LIMIT)) < 0:
        if len(jug) >= LIMIT:
            raise ValueError("too long")
        data = conn.recv(4096)
        if not data and jug:
            line = bytes(jug)
            jug.clear()
            return line
        if not data:
            return None
        jug += data
    line = bytes(jug[:end])
    del jug[: end + 2]
    return line
