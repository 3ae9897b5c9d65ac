"""A generator for each connection: it yields where it would have to wait.

task: serve_many
"""

import select


def conversation(connection):
    unfinished = b""
    try:
        with connection:
            while True:
                yield
                data = connection.recv(4096)
                if not data:
                    return
                *lines, unfinished = (unfinished + data).split(b"\n")
                for line in lines:
                    connection.sendall(turn_around(line) + b"\n")
    except OSError:
        return


def door(listener, talks):
    while True:
        yield
        connection, _ = listener.accept()
        talks[connection] = conversation(connection)
        next(talks[connection])


def serve_many(listener):
    talks = {}
    talks[listener] = door(listener, talks)
    next(talks[listener])
    while True:
        for sock in select.select(list(talks), [], [])[0]:
            if next(talks[sock], "done") == "done":
                del talks[sock]
