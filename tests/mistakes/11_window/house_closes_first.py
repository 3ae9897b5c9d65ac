"""It closes the connection first, and then takes it out of the loop.

task: on_window
diagnosis: M155
"""


class Guest(Guest):
    def close(self):
        self.house.guests.discard(self)
        self.sock.close()
        self.house.loop.watch(self.sock)


def on_window(window, listener):
    return House(TkLoop(window), listener).close
