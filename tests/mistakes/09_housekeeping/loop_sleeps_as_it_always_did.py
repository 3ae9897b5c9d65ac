"""It looks at its timers after each turn, and sleeps as long as ever.

task: TimedLoop
diagnosis: M81
"""


class TimedLoop(TimedLoop):
    def run_once(self, timeout=None):
        EventLoop.run_once(self, timeout)
        self.timers.run_due()
