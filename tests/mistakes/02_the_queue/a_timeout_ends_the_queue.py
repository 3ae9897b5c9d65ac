"""It sets a limit, and does not expect it to be reached.

task: serve_the_queue
diagnosis: M53
"""


def serve_the_queue(listener, patience):
    number = 0
    while True:
        connection, _ = listener.accept()
        number += 1
        connection.settimeout(patience)
        with connection:
            try:
                for request in requests(connection):
                    connection.sendall(answer(number, request))
            except ConnectionError:
                pass
