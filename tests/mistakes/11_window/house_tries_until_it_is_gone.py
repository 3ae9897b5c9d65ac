"""It tries again and again until everything is taken.

task: on_window
diagnosis: M156
"""


class Eager(Guest):
    def write(self):
        while self.pending:
            try:
                del self.pending[: self.sock.send(self.pending[:SCOOP])]
            except BlockingIOError:
                pass
            except OSError:
                self.close()
                return
        super().write()


Guest = Eager


def on_window(window, listener):
    return House(TkLoop(window), listener).close
