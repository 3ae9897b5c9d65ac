"""It strips the line, and more than its end comes off.

task: read_line
diagnosis: M45
"""

def read_line(conn, jug):
    while (end := jug.find(b"\r\n", 0, LIMIT)) < 0:
        if len(jug) >= LIMIT:
            raise ValueError("too long")
        data = conn.recv(4096)
        if not data and jug:
            raise EOFError("the end came inside a line")
        if not data:
            return None
        jug += data
    line = bytes(jug[: end + 2])
    del jug[: end + 2]
    return line.strip()
