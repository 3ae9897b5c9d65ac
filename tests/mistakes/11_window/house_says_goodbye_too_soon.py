"""It closes as soon as the client has finished sending.

task: on_window
diagnosis: M67
"""


class Hasty(Guest):
    def watch(self):
        write = self.write if self.pending else None
        self.house.loop.watch(self.sock, self.read, write)

    def read(self):
        super().read()
        if self.finished:
            self.close()


Guest = Hasty


def on_window(window, listener):
    return House(TkLoop(window), listener).close
