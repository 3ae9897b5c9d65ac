"""Whoever says nothing has no number, and all later ones are wrong by one.

task: serve_the_queue
diagnosis: none
"""


def serve_the_queue(listener, patience):
    number = 0
    while True:
        connection, _ = listener.accept()
        connection.settimeout(patience)
        first = True
        with connection, suppress(OSError):
            for request in requests(connection):
                number += first
                first = False
                connection.sendall(answer(number, request))
