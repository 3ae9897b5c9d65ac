"""Four threads accept and serve, and an error ends such a thread for good.

task: four_booths
diagnosis: M63
"""

import threading


def booth(listener, votes):
    while True:
        connection, _ = listener.accept()
        with connection:
            for name in lines_of(connection):
                connection.sendall(answer_to(name, votes))


def four_booths(listener, votes):
    threads = [
        threading.Thread(target=booth, args=[listener, votes])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
