"""It asks for room, whether or not anything is pending.

task: on_window
diagnosis: M07
"""


class Ready(Guest):
    def watch(self):
        read = None if self.finished or self.pending else self.read
        self.house.loop.watch(self.sock, read, self.write)


Guest = Ready


def on_window(window, listener):
    return House(TkLoop(window), listener).close
