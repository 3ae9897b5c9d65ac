"""Votes for different names may be counted at once, in one file.

task: count_votes
diagnosis: M61
"""

import threading
from collections import defaultdict

GATE = threading.Lock()
LOCKS = defaultdict(threading.Lock)


def take_votes(connection, votes):
    with connection, suppress(OSError):
        for name in lines_of(connection):
            with GATE:
                lock = LOCKS[name]
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
