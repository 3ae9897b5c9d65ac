"""It unpacks the length with struct, and needs no other task.

task: read_text
"""

import io
import struct


def read_text(conn):
    def collect(missing):
        data = io.BytesIO()
        while missing:
            piece = conn.recv(min(missing, 512))
            if not piece:
                raise EOFError("a text broke off")
            missing -= data.write(piece)
        return data.getvalue()

    (size,) = struct.unpack("!I", collect(4))
    if size > 16_384:
        raise ValueError("too long a text")
    return str(collect(size), "utf-8")
