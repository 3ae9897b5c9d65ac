"""It cuts with partition(), and fills the jug anew in its place.

task: read_line
"""


def read_line(conn, jug):
    while True:
        line, end, rest = jug.partition(b"\r\n")
        if len(line) > 16_382 and (end or len(jug) >= 16_384):
            raise ValueError("too long a line")
        if end:
            jug[:] = rest
            return bytes(line)
        data = conn.recv(65_536)
        if not data:
            break
        jug.extend(data)
    if jug:
        raise EOFError("a line broke off")
    return None
