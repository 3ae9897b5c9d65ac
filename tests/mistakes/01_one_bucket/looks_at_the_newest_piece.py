"""It looks for the end of a line in the newest piece alone.

task: read_line
diagnosis: M03
"""

def read_line(conn, buffer):
    while True:
        data = conn.recv(4096)
        if not data and buffer:
            raise EOFError("the end came inside a line")
        if not data:
            return None
        buffer += data
        if b"\r\n" in data:
            line, _, rest = bytes(buffer).partition(b"\r\n")
            buffer[:] = rest
            return line
        if len(buffer) >= LIMIT:
            raise ValueError("too long")
