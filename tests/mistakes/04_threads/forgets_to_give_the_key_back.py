"""When reading fails, the release behind it is never reached.

task: count_votes
diagnosis: M63
"""

import threading

LOCK = threading.Lock()


def count_one(name, votes):
    LOCK.acquire()
    count = votes.read(name) + 1
    votes.write(name, count)
    LOCK.release()
    return count


def take_votes(connection, votes):
    with connection, suppress(OSError):
        for name in lines_of(connection):
            try:
                answer = b"%b %d" % (name, count_one(name, votes))
            except ValueError:
                answer = b"?"
            connection.sendall(answer + b"\n")


def count_votes(listener, votes):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=take_votes, args=[connection, votes]).start()
