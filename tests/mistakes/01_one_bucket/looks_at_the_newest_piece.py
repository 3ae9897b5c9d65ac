"""It looks for the end of a line in the newest piece alone.

task: read_line
diagnosis: M03
"""

def read_line(conn, jug):
    while True:
        data = conn.recv(4096)
        if not data and jug:
            raise EOFError("the end came inside a line")
        if not data:
            return None
        jug += data
        if b"\r\n" in data:
            line, _, rest = bytes(jug).partition(b"\r\n")
            jug[:] = rest
            return line
        if len(jug) >= LIMIT:
            raise ValueError("too long")
