"""It reads from nobody who has not taken their answers yet.

task: keep_house
"""


class Patron(Guest):
    def watch(self):
        if self.finished and not self.pending:
            self.close()
            return
        read = not self.finished and not self.pending
        self.loop.modify(self, read=read, write=bool(self.pending))

    def handle_close(self):
        # Only what is whole was answered; nothing is hurried any more.
        self.finished, self.unfinished = True, b""
        self.hurry(False)
        self.watch()


def keep_house(listener, clock=time.monotonic):
    loop = TimedLoop(clock)
    loop.register(Door(loop, listener, Patron))
    loop.run()
