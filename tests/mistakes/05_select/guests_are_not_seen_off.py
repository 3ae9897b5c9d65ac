"""It takes a guest out of the list, and keeps the connection open.

task: three_guests
diagnosis: M85
"""

def three_guests(listener):
    guests = [listener.accept()[0] for _ in range(3)]
    waiting = list(guests)
    while waiting:
        readable, _, _ = select.select(waiting, [], [])
        for guest in readable:
            line = guest.recv(4096).removesuffix(b"\n")
            guest.sendall(turn_around(line) + b"\n")
            waiting.remove(guest)
