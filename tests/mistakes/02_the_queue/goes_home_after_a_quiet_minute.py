"""It gives up when nobody has come for a minute.

task: serve_the_queue
diagnosis: M52
"""


def serve_the_queue(listener, patience):
    number = 0
    listener.settimeout(60)
    while True:
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            return
        number += 1
        connection.settimeout(patience)
        with connection, suppress(OSError):
            for request in requests(connection):
                connection.sendall(answer(number, request))
