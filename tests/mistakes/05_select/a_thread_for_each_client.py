"""It waits for newcomers in select(), and hires a thread for each.

task: serve_many
diagnosis: M29
"""

import threading


def look_after(connection):
    buffer = b""
    with connection:
        try:
            while data := connection.recv(4096):
                *lines, buffer = (buffer + data).split(b"\n")
                for line in lines:
                    connection.sendall(turn_around(line) + b"\n")
        except OSError:
            pass


def serve_many(listener):
    while True:
        readable, _, _ = select.select([listener], [], [])
        for _ in readable:
            connection, _ = listener.accept()
            threading.Thread(target=look_after, args=[connection]).start()
