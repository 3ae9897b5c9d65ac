"""It receives byte by byte, so that nothing is ever left over.

task: read_line
"""


def read_line(conn, buffer):
    line = b""
    while not line.endswith(b"\r\n"):
        if len(line) == 16_384:
            raise ValueError("too long a line")
        byte = conn.recv(1)
        if not byte and line:
            raise EOFError("a line broke off")
        if not byte:
            return None
        line += byte
    return line[:-2]
