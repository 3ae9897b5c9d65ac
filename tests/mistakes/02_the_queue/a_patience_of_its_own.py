"""It waits for ten seconds at the most, whatever patience it is given.

task: serve_the_queue
diagnosis: M52
"""


def serve_the_queue(listener, patience):
    number = 0
    while True:
        connection, _ = listener.accept()
        number += 1
        connection.settimeout(min(patience, 10))
        with connection, suppress(OSError):
            for request in requests(connection):
                connection.sendall(answer(number, request))
