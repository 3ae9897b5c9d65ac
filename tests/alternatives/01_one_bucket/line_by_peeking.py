"""It looks without taking, and then takes the line alone.

task: read_line
"""

import socket


def read_line(conn, buffer):
    while True:
        seen = conn.recv(4096, socket.MSG_PEEK)
        if not seen and buffer:
            raise EOFError("a line broke off")
        if not seen:
            return None
        whole = bytes(buffer) + seen
        end = whole.find(b"\r\n")
        if end < 0 and len(whole) < 16_384:
            buffer += conn.recv(len(seen))
        elif 0 <= end <= 16_382:
            conn.recv(end + 2 - len(buffer))
            buffer.clear()
            return whole[:end]
        else:
            raise ValueError("too long a line")
