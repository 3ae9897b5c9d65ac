"""It waits with select(), and never in recv() or send().

task: serve_the_queue
"""

import select


class Enough(Exception):
    """Patience is at an end, or the client has finished."""


def serve_the_queue(listener, patience):
    number = 0
    while True:
        connection, _ = listener.accept()
        connection.setblocking(False)
        number += 1
        with suppress(OSError, Enough):
            take_turn(connection, number, patience)
        connection.close()


def take_turn(connection, number, patience):
    unfinished = b""
    while True:
        if not select.select([connection], [], [], patience)[0]:
            raise Enough
        data = connection.recv(512)
        if not data:
            raise Enough
        *lines, unfinished = (unfinished + data).split(b"\n")
        say(connection, patience, [answer(number, line) for line in lines])


def say(connection, patience, answers):
    rest = b"".join(answers)
    while rest:
        if not select.select([], [connection], [], patience)[1]:
            raise Enough
        rest = rest[connection.send(rest) :]
