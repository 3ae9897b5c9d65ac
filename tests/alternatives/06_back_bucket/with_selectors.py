"""The selectors module; the interest changes with what is pending.

task: serve_water
"""

import selectors


def serve_water(listener):
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)

    def tend(connection, pending):
        if pending:
            pour(connection, pending)
        elif letter := connection.recv(1):
            pending += water(letter)
        else:
            raise ConnectionError("has left")
        events = selectors.EVENT_WRITE if pending else selectors.EVENT_READ
        selector.modify(connection, events, pending)

    while True:
        for key, _ in selector.select():
            if key.fileobj is listener:
                connection, _ = listener.accept()
                connection.setblocking(False)
                selector.register(
                    connection, selectors.EVENT_READ, bytearray()
                )
                continue
            try:
                tend(key.fileobj, key.data)
            except OSError:
                selector.unregister(key.fileobj)
                key.fileobj.close()
