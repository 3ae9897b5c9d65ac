"""A deadline of 0 is none, it says.

task: TimedLoop
diagnosis: M94
"""


class TimedLoop(TimedLoop):
    def run_once(self, timeout=None):
        when = self.timers.next_deadline()
        if when:
            left = max(0.0, when - self.clock())
            timeout = left if timeout is None else min(left, timeout)
        EventLoop.run_once(self, timeout)
        self.timers.run_due()
