"""The next tick comes a whole period after this one was called.

task: TimedLoop
diagnosis: M83
"""


class TimedLoop(TimedLoop):
    def call_every(self, seconds, callback):
        return Ticks(self, seconds, callback)


class Ticks:
    def __init__(self, loop, seconds, callback):
        self.loop, self.seconds, self.callback = loop, seconds, callback
        self.handle = loop.call_later(seconds, self.tick)

    def tick(self):
        self.handle = self.loop.call_later(self.seconds, self.tick)
        self.callback()

    def cancel(self):
        self.handle.cancel()
