"""It lets nobody in any more, and leaves everybody where they are.

task: on_window
diagnosis: M158
"""


class Stern(House):
    def close(self):
        self.loop.watch(self.listener)


def on_window(window, listener):
    return Stern(TkLoop(window), listener).close
