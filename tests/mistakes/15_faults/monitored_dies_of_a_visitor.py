"""Whoever has come to the monitor is there, and wants its report.

task: monitored
diagnosis: M10
"""


class Trusting(Monitor):
    """Sends, and believes that somebody is there."""

    def let_in(self, sock, address):
        with sock:
            sock.sendall(self.house.report())


def monitored(listener, monitor, clock, work):
    house = TimedHouse(listener, clock, work)
    Trusting(monitor, house)
    house.run()
