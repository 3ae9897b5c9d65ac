"""It sends the answer before it gives the lock back.

task: count_votes
diagnosis: M62
"""

import threading

LOCK = threading.Lock()


def take_votes(connection, votes):
    with connection, suppress(OSError):
        for name in lines_of(connection):
            with LOCK:
                try:
                    count = votes.read(name) + 1
                    votes.write(name, count)
                    answer = b"%b %d\n" % (name, count)
                except ValueError:
                    answer = b"?\n"
                connection.sendall(answer)


def count_votes(listener, votes):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=take_votes, args=[connection, votes]).start()
