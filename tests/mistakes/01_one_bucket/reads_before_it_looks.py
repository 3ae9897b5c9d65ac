"""It waits for more before it looks into the jug.

task: read_line
diagnosis: M41
"""

def read_line(conn, jug):
    while True:
        data = conn.recv(4096)
        if not data and jug:
            raise EOFError("the end came inside a line")
        if not data:
            return None
        jug += data
        end = jug.find(b"\r\n", 0, LIMIT)
        if end >= 0:
            line = bytes(jug[:end])
            del jug[: end + 2]
            return line
        if len(jug) >= LIMIT:
            raise ValueError("too long")
