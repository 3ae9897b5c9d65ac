"""A connection is closed, and nobody tells the loop.

task: on_window
diagnosis: M155
"""


class Guest(Guest):
    def close(self):
        self.house.guests.discard(self)
        self.sock.close()


def on_window(window, listener):
    return House(TkLoop(window), listener).close
