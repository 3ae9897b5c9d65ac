"""It cuts at a newline, with or without the byte before it.

task: read_line
diagnosis: M45
"""

def read_line(conn, buffer):
    while b"\n" not in buffer[:LIMIT]:
        if len(buffer) >= LIMIT:
            raise ValueError("too long")
        data = conn.recv(4096)
        if not data and buffer:
            raise EOFError("the end came inside a line")
        if not data:
            return None
        buffer += data
    end = buffer.find(b"\n")
    line = bytes(buffer[:end])
    del buffer[: end + 1]
    return line.removesuffix(b"\r")
