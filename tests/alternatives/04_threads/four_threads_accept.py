"""Three hired threads and the main one accept by themselves, for ever.

task: four_booths
"""

import threading


def booth(listener, votes):
    while True:
        connection, _ = listener.accept()
        take_votes(connection, votes)


def four_booths(listener, votes):
    for _ in range(3):
        threading.Thread(target=booth, args=[listener, votes]).start()
    booth(listener, votes)
