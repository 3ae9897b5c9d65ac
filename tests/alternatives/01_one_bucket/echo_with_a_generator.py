"""It makes the lines with a generator, and sends by itself.

task: echo_lines
"""

import socket

END, MOST = b"\r\n", 16_384


def lines_of(conn):
    """The lines of a connection; None for one that is too long."""
    buffer = bytearray()
    while True:
        while (end := buffer.find(END, 0, MOST)) >= 0:
            yield bytes(buffer[:end])
            del buffer[: end + len(END)]
        if len(buffer) >= MOST:
            yield None
            return
        data = conn.recv(8192)
        if not data:
            return
        buffer += data


def echo_lines(listener):
    with listener.accept()[0] as conn:
        for number, line in enumerate(lines_of(conn), start=1):
            data = b"too long" if line is None else b"%d %s" % (number, line)
            data += END
            while data:
                data = data[conn.send(data) :]
        conn.shutdown(socket.SHUT_WR)
        while conn.recv(8192):
            pass
