"""It reads until nothing is left, from a client who never stops.

task: on_window
diagnosis: M37
"""


class Thorough(Guest):
    def read(self):
        before = -1
        while before < len(self.unfinished) and not self.pending:
            before = len(self.unfinished)
            super().read()


Guest = Thorough


def on_window(window, listener):
    return House(TkLoop(window), listener).close
