"""A semaphore lets four in, but a thread is hired for everybody who waits.

task: four_booths
diagnosis: M64
"""

import threading

ROOM = threading.Semaphore(4)


def one_at_a_time(connection, votes):
    with ROOM:
        take_votes(connection, votes)


def four_booths(listener, votes):
    while True:
        connection, _ = listener.accept()
        threading.Thread(
            target=one_at_a_time, args=[connection, votes]
        ).start()
