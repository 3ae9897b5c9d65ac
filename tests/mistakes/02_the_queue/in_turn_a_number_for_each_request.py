"""It counts the requests of a client, and not the clients.

task: serve_in_turn
diagnosis: none
"""


def serve_in_turn(listener):
    while True:
        connection, _ = listener.accept()
        for number, request in enumerate(requests(connection), 1):
            connection.sendall(answer(number, request))
        connection.close()
