"""It goes on to the next client, and does not tell the silent one.

task: serve_the_queue
diagnosis: M54
"""


def serve_the_queue(listener, patience):
    number = 0
    while True:
        connection, _ = listener.accept()
        number += 1
        connection.settimeout(patience)
        try:
            for request in requests(connection):
                connection.sendall(answer(number, request))
            connection.close()
        except OSError:
            continue
