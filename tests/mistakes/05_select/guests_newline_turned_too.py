"""It turns the newline around together with the line.

task: three_guests
diagnosis: M87
"""

def three_guests(listener):
    guests = [listener.accept()[0] for _ in range(3)]
    while guests:
        for guest in select.select(guests, [], [])[0]:
            data = guest.recv(4096)
            guest.sendall(turn_around(data) + b"\n")
            guests.remove(guest)
            guest.close()
