"""It reads lines through a file, on a connection with a limit.

task: serve_the_queue
"""


def serve_the_queue(listener, patience):
    number = 0
    while True:
        connection, _ = listener.accept()
        number += 1
        with connection:
            connection.settimeout(patience)
            with suppress(OSError):
                talk(connection, number)


def talk(connection, number):
    with connection.makefile("rb") as lines:
        while (line := lines.readline()).endswith(b"\n"):
            connection.sendall(answer(number, line.removesuffix(b"\n")))
