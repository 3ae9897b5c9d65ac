"""It reads some, and then exactly the rest.

task: read_exactly
"""


def read_exactly(conn, n):
    if n == 0:
        return b""
    first = conn.recv(min(n, 4096))
    if not first:
        raise EOFError(f"{n} bytes are missing")
    return first + read_exactly(conn, n - len(first))
