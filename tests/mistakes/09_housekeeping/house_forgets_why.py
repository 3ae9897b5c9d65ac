"""The newline has come, and the timer that waited for it goes on.

task: keep_house
diagnosis: M93
"""


class Visitor(Guest):
    def hurry(self, begun):
        if begun:
            self.whole = self.loop.call_later(WHOLE, self.close)
        else:
            self.whole = None


def keep_house(listener, clock=time.monotonic):
    loop = TimedLoop(clock)
    loop.register(Door(loop, listener, Visitor))
    loop.run()
