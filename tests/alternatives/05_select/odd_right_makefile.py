"""A selector as the chair, and a file object for each guest.

task: three_guests
"""

import selectors


def three_guests(listener):
    with selectors.DefaultSelector() as chair:
        for _ in "abc":
            chair.register(listener.accept()[0], selectors.EVENT_READ)
        while chair.get_map():
            for key, _ in chair.select():
                guest = chair.unregister(key.fileobj).fileobj
                with guest, guest.makefile("rwb") as file:
                    file.write(turn_around(file.readline()[:-1]) + b"\n")
