"""It shuts the sending side of a guest down, and never closes it.

task: three_guests
diagnosis: M85
"""

def three_guests(listener):
    guests = [listener.accept()[0] for _ in range(3)]
    answered = 0
    while answered < 3:
        readable, _, _ = select.select(guests, [], [])
        for guest in readable:
            line = guest.recv(4096).removesuffix(b"\n")
            guest.sendall(turn_around(line) + b"\n")
            answered += 1
            guest.shutdown(1)
