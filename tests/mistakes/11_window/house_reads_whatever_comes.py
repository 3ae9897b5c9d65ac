"""It reads on, however much is pending for that client.

task: on_window
diagnosis: M19
"""


class Greedy(Guest):
    def watch(self):
        read = None if self.finished else self.read
        write = self.write if self.pending else None
        self.house.loop.watch(self.sock, read, write)


Guest = Greedy


def on_window(window, listener):
    return House(TkLoop(window), listener).close
