"""It waits for the end of a line, however much comes before it.

task: read_line
diagnosis: M47
"""

def read_line(conn, buffer):
    while (end := buffer.find(b"\r\n")) < 0:
        data = conn.recv(4096)
        if not data and buffer:
            raise EOFError("the end came inside a line")
        if not data:
            return None
        buffer += data
    line = bytes(buffer[:end])
    if len(line) > LIMIT - 2:
        raise ValueError("too long")
    del buffer[: end + 2]
    return line
