"""It closes a connection whose handler is still in the loop.

task: on_window
diagnosis: M155
"""


class Forgetful(Guest):
    def close(self):
        self.house.guests.discard(self)
        self.sock.close()


Guest = Forgetful


def on_window(window, listener):
    return House(TkLoop(window), listener).close
