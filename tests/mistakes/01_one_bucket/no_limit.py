"""It waits for the end of a line, however much comes before it.

task: read_line
diagnosis: M47
"""

def read_line(conn, jug):
    while (end := jug.find(b"\r\n")) < 0:
        data = conn.recv(4096)
        if not data and jug:
            raise EOFError("the end came inside a line")
        if not data:
            return None
        jug += data
    line = bytes(jug[:end])
    if len(line) > LIMIT - 2:
        raise ValueError("too long")
    del jug[: end + 2]
    return line
