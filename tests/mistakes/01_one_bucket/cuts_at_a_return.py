"""It takes the first byte of a line's end for all of it.

task: read_line
diagnosis: M45
"""


def read_line(conn, buffer):
    while (end := buffer.find(b"\r", 0, LIMIT)) < 0:
        if len(buffer) >= LIMIT:
            raise ValueError("too long")
        data = conn.recv(4096)
        if not data and buffer:
            raise EOFError("the end came inside a line")
        if not data:
            return None
        buffer += data
    line = bytes(buffer[:end])
    del buffer[: end + 2]
    return line
