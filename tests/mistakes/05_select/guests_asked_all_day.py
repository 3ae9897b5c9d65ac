"""It asks its non-blocking guests over and over, and never waits.

task: three_guests
diagnosis: M26
"""

def three_guests(listener):
    guests = []
    for _ in range(3):
        guest, address = listener.accept()
        guest.setblocking(False)
        guests.append(guest)
    while guests:
        for guest in guests:
            try:
                line = guest.recv(4096)
            except BlockingIOError:
                continue
            guest.sendall(turn_around(line.removesuffix(b"\n")) + b"\n")
            guests.remove(guest)
            guest.close()
