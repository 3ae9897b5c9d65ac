"""The selectors module: each socket is registered with its handler.

task: serve_many
"""

import selectors


def serve_many(listener):
    selector = selectors.DefaultSelector()

    def welcome(_):
        connection, _ = listener.accept()
        state = bytearray()

        def tend(sock):
            try:
                data = sock.recv(4096)
                state.extend(data)
                *lines, rest = bytes(state).split(b"\n")
                state[:] = rest
                sock.sendall(b"".join(turn_around(x) + b"\n" for x in lines))
            except OSError:
                data = b""
            if not data:
                selector.unregister(sock)
                sock.close()

        selector.register(connection, selectors.EVENT_READ, tend)

    selector.register(listener, selectors.EVENT_READ, welcome)
    while True:
        for key, _ in selector.select():
            key.data(key.fileobj)
