"""poll() instead of select(), by descriptor.

task: serve_many
"""

import select


def serve_many(listener):
    poller = select.poll()
    poller.register(listener, select.POLLIN)
    connections, unfinished = {}, {}
    while True:
        for fd, _ in poller.poll():
            if fd == listener.fileno():
                connection, _ = listener.accept()
                connections[connection.fileno()] = connection
                unfinished[connection.fileno()] = b""
                poller.register(connection, select.POLLIN)
                continue
            connection = connections[fd]
            try:
                data = connection.recv(4096)
                *lines, unfinished[fd] = (unfinished[fd] + data).split(b"\n")
                for line in lines:
                    connection.sendall(turn_around(line) + b"\n")
            except OSError:
                data = b""
            if not data:
                poller.unregister(fd)
                del connections[fd], unfinished[fd]
                connection.close()
