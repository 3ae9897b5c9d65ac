"""Whoever has something coming is not closed, but waited for.

task: on_window
diagnosis: M158
"""


class House(House):
    def close(self):
        self.loop.watch(self.listener)
        for guest in list(self.guests):
            guest.finished = True
            guest.watch()
            if not guest.pending:
                guest.close()


def on_window(window, listener):
    return House(TkLoop(window), listener).close
