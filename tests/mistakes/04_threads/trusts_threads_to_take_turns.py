"""It relies on one line of Python being done in one go.

task: count_votes
diagnosis: M22
"""

import threading


def take_votes(connection, votes):
    with connection:
        for name in lines_of(connection):
            if not name:
                connection.sendall(b"?\n")
                continue
            votes.write(name, votes.read(name) + 1)
            connection.sendall(b"%b %d\n" % (name, votes.read(name)))


def count_votes(listener, votes):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=take_votes, args=[connection, votes]).start()
