"""It answers one request, and then it is the next one's turn.

task: serve_in_turn
diagnosis: M50
"""


def serve_in_turn(listener):
    number = 0
    while True:
        connection, _ = listener.accept()
        number += 1
        request = next(requests(connection), None)
        if request is not None:
            connection.sendall(answer(number, request))
        connection.close()
