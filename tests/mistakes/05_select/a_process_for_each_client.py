"""It waits for newcomers in select(), and forks for each.

task: serve_many
diagnosis: M29
"""

import os
import signal


def look_after(connection):
    buffer = b""
    try:
        while data := connection.recv(4096):
            *lines, buffer = (buffer + data).split(b"\n")
            for line in lines:
                connection.sendall(turn_around(line) + b"\n")
    except OSError:
        pass
    os._exit(0)


def serve_many(listener):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        select.select([listener], [], [])
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            look_after(connection)
        connection.close()
