"""Non-blocking sockets: accept everybody, read some, expect nothing.

task: serve_many
"""

import select


def everybody_at_the_door(listener):
    while True:
        try:
            yield listener.accept()[0]
        except BlockingIOError:
            return


def tend(connection, unfinished):
    try:
        data = connection.recv(4096)
    except BlockingIOError:
        return unfinished
    if not data:
        return None
    *lines, unfinished = (unfinished + data).split(b"\n")
    for line in lines:
        connection.sendall(turn_around(line) + b"\n")
    return unfinished


def serve_many(listener):
    listener.setblocking(False)
    aisle = {}
    while True:
        for sock in select.select([listener, *aisle], [], [])[0]:
            if sock is listener:
                for connection in everybody_at_the_door(listener):
                    connection.setblocking(False)
                    aisle[connection] = b""
                continue
            try:
                aisle[sock] = tend(sock, aisle[sock])
            except OSError:
                aisle[sock] = None
            if aisle[sock] is None:
                del aisle[sock]
                sock.close()
