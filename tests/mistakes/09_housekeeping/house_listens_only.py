"""It takes for idle whoever says nothing, also while they take their answer.

task: keep_house
diagnosis: M92
"""


class Visitor(Guest):
    def handle_write(self):
        try:
            del self.pending[: self.sock.send(self.pending)]
        except BlockingIOError:
            return
        self.watch()


def keep_house(listener, clock=time.monotonic):
    loop = TimedLoop(clock)
    loop.register(Door(loop, listener, Visitor))
    loop.run()
