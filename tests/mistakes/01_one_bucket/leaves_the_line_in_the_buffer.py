"""It cuts the line off a copy, and leaves it in the buffer.

task: read_line
diagnosis: M46
"""

def read_line(conn, buffer):
    while b"\r\n" not in buffer:
        data = conn.recv(4096)
        if not data and buffer:
            raise EOFError("the end came inside a line")
        if not data:
            return None
        buffer += data
        if len(buffer) >= LIMIT and b"\r\n" not in buffer:
            raise ValueError("too long")
    line, _, buffer = buffer.partition(b"\r\n")
    return bytes(line)
