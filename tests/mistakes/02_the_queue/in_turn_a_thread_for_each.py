"""It hires a thread for each client, so that nobody waits.

task: serve_in_turn
diagnosis: M50
"""

import threading


def serve_in_turn(listener):
    number = 0
    while True:
        connection, _ = listener.accept()
        number += 1
        threading.Thread(target=look_after, args=[connection, number]).start()


def look_after(connection, number):
    with connection:
        for request in requests(connection):
            connection.sendall(answer(number, request))
