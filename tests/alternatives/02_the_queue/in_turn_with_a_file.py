"""It reads lines through a file that ends with the turn.

task: serve_in_turn
"""

from itertools import count


def serve_in_turn(listener):
    for number in count(1):
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as lines:
            for line in lines:
                if line.endswith(b"\n"):
                    connection.sendall(answer(number, line[:-1]))
