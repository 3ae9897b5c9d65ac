"""Non-blocking sockets: accept and read until there is no more.

task: serve_many
"""

import select


def until_it_would_block(call):
    while True:
        try:
            yield call()
        except BlockingIOError:
            return


def tend(connection, unfinished):
    for data in until_it_would_block(lambda: connection.recv(4096)):
        if not data:
            return None
        *lines, unfinished = (unfinished + data).split(b"\n")
        for line in lines:
            connection.sendall(turn_around(line) + b"\n")
        if len(data) < 4096:
            break
    return unfinished


def serve_many(listener):
    listener.setblocking(False)
    aisle = {}
    while True:
        for sock in select.select([listener, *aisle], [], [])[0]:
            if sock is listener:
                for connection, _ in until_it_would_block(listener.accept):
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
