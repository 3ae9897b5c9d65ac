"""It makes an object of each turn.

task: serve_in_turn
"""


class Turn:
    def __init__(self, connection, number):
        self.connection = connection
        self.number = number

    def play(self):
        for request in requests(self.connection):
            self.connection.sendall(answer(self.number, request))

    def close(self):
        self.connection.close()


def serve_in_turn(listener):
    number = 0
    while True:
        number += 1
        turn = Turn(listener.accept()[0], number)
        try:
            turn.play()
        finally:
            turn.close()
