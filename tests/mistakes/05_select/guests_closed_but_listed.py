"""It closes a guest's connection, and leaves it in the list.

task: three_guests
diagnosis: M14
"""

def three_guests(listener):
    guests = [listener.accept()[0] for _ in range(3)]
    answered = 0
    while answered < 3:
        readable, _, _ = select.select(guests, [], [])
        for guest in readable:
            line = guest.recv(4096).removesuffix(b"\n")
            guest.sendall(turn_around(line) + b"\n")
            guest.close()
            answered += 1
