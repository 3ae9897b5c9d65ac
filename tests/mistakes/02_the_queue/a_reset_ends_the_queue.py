"""It knows of silence, and of no other rudeness.

task: serve_the_queue
diagnosis: M53
"""


def serve_the_queue(listener, patience):
    number = 0
    while True:
        connection, _ = listener.accept()
        number += 1
        connection.settimeout(patience)
        with connection, suppress(TimeoutError):
            for request in requests(connection):
                connection.sendall(answer(number, request))
