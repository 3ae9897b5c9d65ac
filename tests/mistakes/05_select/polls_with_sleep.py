"""It asks every non-blocking socket, sleeps a little, and asks again.

task: serve_many
diagnosis: M26
"""

import time


def serve_many(listener):
    listener.setblocking(False)
    unfinished = {}
    while True:
        try:
            connection, _ = listener.accept()
            connection.setblocking(False)
            unfinished[connection] = b""
        except BlockingIOError:
            pass
        for sock in list(unfinished):
            try:
                data = sock.recv(4096)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            *lines, unfinished[sock] = (unfinished[sock] + data).split(b"\n")
            for line in lines:
                sock.sendall(turn_around(line) + b"\n")
            if not data:
                del unfinished[sock]
                sock.close()
        time.sleep(0.1)
