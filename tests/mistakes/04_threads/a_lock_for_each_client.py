"""Every client's thread has a lock of its own.

task: count_votes
diagnosis: M61
"""

import threading


def take_votes(connection, votes):
    lock = threading.Lock()
    with connection:
        for name in lines_of(connection):
            try:
                with lock:
                    count = votes.read(name) + 1
                    votes.write(name, count)
                connection.sendall(b"%b %d\n" % (name, count))
            except ValueError:
                connection.sendall(b"?\n")


def count_votes(listener, votes):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=take_votes, args=[connection, votes]).start()
