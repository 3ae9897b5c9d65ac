"""One timer for each guest, which looks at the time when it is called.

task: keep_house
"""


class Lodger(Guest):
    def __init__(self, loop, sock):
        Handler.__init__(self, loop, sock)
        self.unfinished, self.pending = b"", bytearray()
        self.finished = False
        self.begun = None
        self.stirred = loop.clock()
        self.timer = loop.call_at(self.limit(), self.look)

    def limit(self):
        idle = self.stirred + IDLE
        return idle if self.begun is None else min(idle, self.begun + WHOLE)

    def look(self):
        if self.limit() <= self.loop.clock():
            self.close()
        else:
            self.timer = self.loop.call_at(self.limit(), self.look)

    def sooner(self):
        self.timer.cancel()
        self.timer = self.loop.call_at(self.limit(), self.look)

    def stir(self):
        self.stirred = self.loop.clock()
        # Only what the tests look at needs it to be exact.
        self.sooner()

    def hurry(self, begun):
        self.begun = self.loop.clock() if begun else None
        self.sooner()

    @property
    def whole(self):
        return self.begun is not None

    def forget(self):
        self.timer.cancel()


def keep_house(listener, clock=time.monotonic):
    loop = TimedLoop(clock)
    loop.register(Door(loop, listener, Lodger))
    loop.run()
