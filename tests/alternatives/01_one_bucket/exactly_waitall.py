"""It asks the kernel to wait for all of it, and looks if it did.

task: read_exactly
"""

import socket


def read_exactly(conn, n):
    pieces, missing = [], n
    while missing:
        piece = conn.recv(missing, socket.MSG_WAITALL)
        if not piece:
            raise EOFError(f"{missing} bytes are missing")
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)
