"""It wakes up forty times a second to see what time it is.

task: TimedLoop
diagnosis: M80
"""


class TimedLoop(TimedLoop):
    def run_once(self, timeout=None):
        EventLoop.run_once(self, 0.025)
        self.timers.run_due()
