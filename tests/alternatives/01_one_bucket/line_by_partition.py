"""It cuts with partition(), and fills the buffer anew in its place.

task: read_line
"""


def read_line(conn, buffer):
    while True:
        line, end, rest = buffer.partition(b"\r\n")
        if len(line) > 16_382 and (end or len(buffer) >= 16_384):
            raise ValueError("too long a line")
        if end:
            buffer[:] = rest
            return bytes(line)
        data = conn.recv(65_536)
        if not data:
            break
        buffer.extend(data)
    if buffer:
        raise EOFError("a line broke off")
    return None
