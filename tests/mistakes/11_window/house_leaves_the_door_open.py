"""It closes all connections, and goes on letting people in.

task: on_window
diagnosis: M158
"""


class Hospitable(House):
    def close(self):
        for guest in list(self.guests):
            guest.close()


def on_window(window, listener):
    return Hospitable(TkLoop(window), listener).close
