"""It cuts at a newline, with or without the byte before it.

task: read_line
diagnosis: M45
"""

def read_line(conn, jug):
    while b"\n" not in jug[:LIMIT]:
        if len(jug) >= LIMIT:
            raise ValueError("too long")
        data = conn.recv(4096)
        if not data and jug:
            raise EOFError("the end came inside a line")
        if not data:
            return None
        jug += data
    end = jug.find(b"\n")
    line = bytes(jug[:end])
    del jug[: end + 1]
    return line.removesuffix(b"\r")
