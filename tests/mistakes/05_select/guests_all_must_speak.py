"""It hears all three guests out, in order, when one has spoken.

task: three_guests
diagnosis: M11
"""

def three_guests(listener):
    guests = [listener.accept()[0] for _ in range(3)]
    select.select(guests, [], [])
    for guest in guests:
        line = guest.recv(4096).removesuffix(b"\n")
        guest.sendall(turn_around(line) + b"\n")
        guest.close()
