"""A generator for each connection says what it waits for.

task: serve_water
"""


def attend(connection):
    """Yield READ or WRITE, and go on when that is possible."""
    while True:
        yield 0
        letter = connection.recv(1)
        if not letter:
            return
        rest = memoryview(water(letter))
        while rest:
            yield 1
            with suppress(BlockingIOError):
                rest = rest[connection.send(rest) :]


def serve_water(listener):
    tasks, waits = {}, {}
    while True:
        lists = [[s for s in waits if waits[s] == kind] for kind in (0, 1)]
        lists[0].append(listener)
        readable, writable, _ = select.select(*lists, [])
        for sock in readable + writable:
            if sock is listener:
                sock, _ = listener.accept()
                sock.setblocking(False)
                tasks[sock] = attend(sock)
            try:
                waits[sock] = next(tasks[sock])
            except (StopIteration, OSError):
                del tasks[sock], waits[sock]
                sock.close()
