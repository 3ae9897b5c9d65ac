"""It looks without taking, and then takes the line alone.

task: read_line
"""

import socket


def read_line(conn, jug):
    while True:
        seen = conn.recv(4096, socket.MSG_PEEK)
        if not seen and jug:
            raise EOFError("a line broke off")
        if not seen:
            return None
        whole = bytes(jug) + seen
        end = whole.find(b"\r\n")
        if end < 0 and len(whole) < 16_384:
            jug += conn.recv(len(seen))
        elif 0 <= end <= 16_382:
            conn.recv(end + 2 - len(jug))
            jug.clear()
            return whole[:end]
        else:
            raise ValueError("too long a line")
