"""Once something did not fit, it asks for room for ever.

task: on_window
diagnosis: M07
"""


class Ready(Guest):
    once = False

    def watch(self):
        self.once = self.once or bool(self.pending)
        read = None if self.finished or self.pending else self.read
        write = self.write if self.once else None
        self.house.loop.watch(self.sock, read, write)


Guest = Ready


def on_window(window, listener):
    return House(TkLoop(window), listener).close
