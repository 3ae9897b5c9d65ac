"""An object keeps the votes and their lock; acquire() and release() by hand.

task: count_votes
"""

import threading


class Counter:
    def __init__(self, votes):
        self.votes = votes
        self.lock = threading.RLock()

    def add_one(self, name):
        self.lock.acquire()
        try:
            count = self.votes.read(name) + 1
            self.votes.write(name, count)
        finally:
            self.lock.release()
        return b"%b %d" % (name, count)

    def look_after(self, connection):
        try:
            for name in lines_of(connection):
                try:
                    answer = self.add_one(name)
                except ValueError:
                    answer = b"?"
                connection.sendall(answer + b"\n")
        except OSError:
            pass
        connection.close()


def count_votes(listener, votes):
    counter = Counter(votes)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=counter.look_after, args=[connection]).start()
