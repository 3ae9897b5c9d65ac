"""It waits for nobody at all.

task: serve_the_queue
diagnosis: M52
"""


def serve_the_queue(listener, patience):
    number = 0
    while True:
        connection, _ = listener.accept()
        number += 1
        connection.setblocking(False)
        with connection, suppress(OSError):
            for request in requests(connection):
                connection.sendall(answer(number, request))
