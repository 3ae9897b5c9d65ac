"""It hires a thread for each guest.

task: three_guests
diagnosis: M29
"""

import threading


def answer(guest):
    line = guest.recv(4096).removesuffix(b"\n")
    guest.sendall(turn_around(line) + b"\n")
    guest.close()


def three_guests(listener):
    guests = [listener.accept()[0] for _ in range(3)]
    threads = [threading.Thread(target=answer, args=[g]) for g in guests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
