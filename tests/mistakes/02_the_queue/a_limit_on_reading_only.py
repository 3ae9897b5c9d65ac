"""It limits the wait for a client to speak, and not for it to listen.

task: serve_the_queue
diagnosis: M52
"""

import select


def serve_the_queue(listener, patience):
    number = 0
    while True:
        connection, _ = listener.accept()
        number += 1
        unfinished = b""
        with connection, suppress(OSError):
            while select.select([connection], [], [], patience)[0]:
                data = connection.recv(4096)
                if not data:
                    break
                *lines, unfinished = (unfinished + data).split(b"\n")
                for line in lines:
                    connection.sendall(answer(number, line))
