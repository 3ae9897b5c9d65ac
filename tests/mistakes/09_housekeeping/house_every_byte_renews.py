"""It has one limit for each client, and every byte renews it.

task: keep_house
diagnosis: M20
"""


class Visitor(Guest):
    def hurry(self, begun):
        pass

    def stir(self):
        self.idle.cancel()
        limit = WHOLE if self.unfinished else IDLE
        self.idle = self.loop.call_later(limit, self.close)

    def handle_read(self, data):
        super().handle_read(data)
        self.stir()


def keep_house(listener, clock=time.monotonic):
    loop = TimedLoop(clock)
    loop.register(Door(loop, listener, Visitor))
    loop.run()
