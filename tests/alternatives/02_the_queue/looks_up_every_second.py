"""It waits for newcomers a second at a time, and goes on.

task: serve_the_queue
"""

import time


def serve_the_queue(listener, patience):
    number, since = 0, time.monotonic()
    listener.settimeout(1)
    while True:
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            print("nobody for", time.monotonic() - since)
            continue
        number += 1
        connection.settimeout(patience)
        with connection, suppress(OSError):
            for request in requests(connection):
                connection.sendall(answer(number, request))
        since = time.monotonic()
