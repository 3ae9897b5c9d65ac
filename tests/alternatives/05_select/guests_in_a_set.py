"""A set of guests, and a file for each.

task: three_guests
"""

import select


def three_guests(listener):
    guests = {listener.accept()[0] for _ in range(3)}
    while guests:
        for guest in select.select(guests, [], [])[0]:
            with guest, guest.makefile("rb") as lines:
                guest.sendall(turn_around(lines.readline()[:-1]) + b"\n")
            guests.discard(guest)
