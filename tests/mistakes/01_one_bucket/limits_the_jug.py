"""It holds the limit against the whole jug, and not one line.

task: read_line
diagnosis: M47
"""

def read_line(conn, jug):
    while (end := jug.find(b"\r\n")) < 0:
        data = conn.recv(65_536)
        if not data and jug:
            raise EOFError("the end came inside a line")
        if not data:
            return None
        jug += data
        if len(jug) > LIMIT:
            raise ValueError("too long")
        if len(jug) == LIMIT and b"\r\n" not in jug:
            raise ValueError("too long")
    line = bytes(jug[:end])
    del jug[: end + 2]
    return line
