"""Reading is locked, and writing is locked; what lies between is not.

task: count_votes
diagnosis: M60
"""

import threading

LOCK = threading.Lock()


def count_one(name, votes):
    with LOCK:
        count = votes.read(name)
    count += 1
    with LOCK:
        votes.write(name, count)
    return count


def take_votes(connection, votes):
    with connection:
        for name in lines_of(connection):
            answer = b"?"
            if name:
                answer = b"%b %d" % (name, count_one(name, votes))
            connection.sendall(answer + b"\n")


def count_votes(listener, votes):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=take_votes, args=[connection, votes]).start()
