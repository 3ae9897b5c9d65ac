"""It cuts the line off a copy, and leaves it in the jug.

task: read_line
diagnosis: M46
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
    line, _, jug = jug.partition(b"\r\n")
    return bytes(line)
