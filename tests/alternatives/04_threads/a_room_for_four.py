"""A semaphore counts the free booths; a thread is hired once there is one.

task: four_booths
"""

import threading


def booth(connection, votes, room):
    try:
        take_votes(connection, votes)
    finally:
        room.release()


def four_booths(listener, votes):
    room = threading.BoundedSemaphore(4)
    while True:
        room.acquire()
        connection, _ = listener.accept()
        threading.Thread(target=booth, args=[connection, votes, room]).start()
