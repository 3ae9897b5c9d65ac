"""It hires a thread for each guest.

task: three_guests
diagnosis: M29
"""

from concurrent.futures import ThreadPoolExecutor


def answer(guest):
    line = guest.recv(4096).removesuffix(b"\n")
    guest.sendall(turn_around(line) + b"\n")
    guest.close()


def three_guests(listener):
    guests = [listener.accept()[0] for _ in range(3)]
    with ThreadPoolExecutor(max_workers=3) as pool:
        list(pool.map(answer, guests))
