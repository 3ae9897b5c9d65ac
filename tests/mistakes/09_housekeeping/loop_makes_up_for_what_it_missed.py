"""After a long pause it calls back once for every tick that it missed.

task: TimedLoop
diagnosis: M83
"""


class TimedLoop(TimedLoop):
    def call_every(self, seconds, callback):
        return Ticks(self, seconds, callback)


class Ticks:
    def __init__(self, loop, seconds, callback):
        self.loop, self.seconds, self.callback = loop, seconds, callback
        self.when = loop.clock() + seconds
        self.handle = loop.call_at(self.when, self.tick)

    def tick(self):
        self.when += self.seconds
        self.handle = self.loop.call_at(self.when, self.tick)
        self.callback()

    def cancel(self):
        self.handle.cancel()
