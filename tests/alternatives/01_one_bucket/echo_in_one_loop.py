"""It does everything in one function, with split().

task: echo_lines
"""

import socket


def echo_lines(listener):
    conn, _ = listener.accept()
    rest, number, fits = b"", 0, True
    while fits and (data := conn.recv(2048)):
        *lines, rest = (rest + data).split(b"\r\n")
        for line in lines:
            fits = len(line) + 2 <= LIMIT
            if not fits:
                break
            number += 1
            send_everything(conn, answer(number, line))
        fits = fits and len(rest) < LIMIT
    if not fits:
        send_everything(conn, b"too long\r\n")
        conn.shutdown(socket.SHUT_WR)
        while conn.recv(2048):
            pass
    conn.close()
