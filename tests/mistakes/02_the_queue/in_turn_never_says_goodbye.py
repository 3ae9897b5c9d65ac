"""It leaves the closing to the client.

task: serve_in_turn
diagnosis: M54
"""


def serve_in_turn(listener):
    number = 0
    while True:
        connection, _ = listener.accept()
        number += 1
        for request in requests(connection):
            connection.sendall(answer(number, request))
