"""That recv() raises for a vanished client is told, and closes nothing.

task: on_window
diagnosis: M32
"""


class Guest(Guest):
    def read(self):
        data = self.sock.recv(4096)
        *lines, self.unfinished = (self.unfinished + data).split(b"\n")
        self.pending += b"".join(map(answer, lines))
        self.finished = not data
        self.write()

    def write(self):
        try:
            del self.pending[: self.sock.send(self.pending)]
        except BlockingIOError:
            pass
        if self.finished and not self.pending:
            self.close()
        else:
            self.watch()


def on_window(window, listener):
    return House(TkLoop(window), listener).close
