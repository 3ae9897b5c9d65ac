"""A visitor says what it wants to know, and then it is told.

task: monitored
diagnosis: M36
"""


class Asked(Monitor):
    """Reads the question first."""

    def let_in(self, sock, address):
        with sock, suppress(OSError):
            sock.recv(SCOOP)
            sock.send(self.house.report())


def monitored(listener, monitor, clock, work):
    house = TimedHouse(listener, clock, work)
    Asked(monitor, house)
    house.run()
