"""It makes room for n bytes, and lets recv_into() fill it.

task: read_exactly
"""


def read_exactly(conn, n):
    data = bytearray(n)
    room = memoryview(data)
    while room:
        count = conn.recv_into(room)
        if count == 0:
            raise EOFError(f"{len(room)} bytes are missing")
        room = room[count:]
    return bytes(data)
