"""It returns after one turn, whoever has been answered by then.

task: three_guests
diagnosis: M86
"""

def three_guests(listener):
    guests = [listener.accept()[0] for _ in range(3)]
    readable, _, _ = select.select(guests, [], [])
    for guest in readable:
        line = guest.recv(4096).removesuffix(b"\n")
        guest.sendall(turn_around(line) + b"\n")
        guest.close()
