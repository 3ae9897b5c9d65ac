"""Where no successor comes, the string of the signal is let go as well.

task: hand_over
diagnosis: M226
"""


class Alone(EndingHouse):
    """Knows by what it is woken."""

    def go_on_alone(self, heir):
        for sock in list(self.loop.readers):
            guests = {guest.sock for guest in self.guests}
            if sock is not self.listener and sock not in guests:
                self.loop.watch(sock)


def hand_over(listener, clock, heir):
    house = Alone(listener, clock)

    def asked():
        if heir.recv(1):
            house.loop.watch(heir)
            socket.send_fds(heir, [b"door"], [listener.fileno()])
            house.end()
        else:
            house.go_on_alone(heir)

    house.loop.watch(heir, asked)
    house.run()
