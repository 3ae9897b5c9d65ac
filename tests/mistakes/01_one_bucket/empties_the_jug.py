"""It returns the first line, and throws away what follows it.

task: read_line
diagnosis: M41
"""

def read_line(conn, jug):
    while b"\r\n" not in jug:
        data = conn.recv(4096)
        if not data and jug:
            raise EOFError("the end came inside a line")
        if not data:
            return None
        jug += data
        if len(jug) >= LIMIT and b"\r\n" not in jug:
            raise ValueError("too long")
    line = bytes(jug).split(b"\r\n")[0]
    jug.clear()
    return line
