"""It wakes once a second, and counts for how long each client has been silent.

task: serve_many
"""

import selectors
from time import monotonic


def serve_many(listener):
    unfinished, heard, longest = {}, {}, 0.0
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select(1):
                if key.fileobj is listener:
                    newcomer, _ = listener.accept()
                    selector.register(newcomer, selectors.EVENT_READ)
                    unfinished[newcomer], heard[newcomer] = b"", monotonic()
                else:
                    heard[key.fileobj] = monotonic()
                    if not answered(key.fileobj, unfinished):
                        selector.unregister(key.fileobj)
                        del heard[key.fileobj]
                        key.fileobj.close()
            silent = [monotonic() - last for last in heard.values()]
            longest = max([longest, *silent])


def answered(sock, unfinished):
    try:
        data = sock.recv(4096)
        *lines, rest = (unfinished[sock] + data).split(b"\n")
        unfinished[sock] = rest
        for line in lines:
            sock.sendall(turn_around(line) + b"\n")
    except OSError:
        data = b""
    return data
