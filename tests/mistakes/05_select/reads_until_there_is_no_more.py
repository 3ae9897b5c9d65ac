"""It reads from one client in small scoops, until there is no more.

task: serve_many
diagnosis: M37
"""

def tend(connection, unfinished):
    while True:
        try:
            data = connection.recv(16)
        except BlockingIOError:
            return unfinished
        if not data:
            return None
        *lines, unfinished = (unfinished + data).split(b"\n")
        for line in lines:
            connection.sendall(turn_around(line) + b"\n")


def serve_many(listener):
    aisle = {}
    while True:
        for sock in select.select([listener, *aisle], [], [])[0]:
            if sock is listener:
                connection, _ = listener.accept()
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
