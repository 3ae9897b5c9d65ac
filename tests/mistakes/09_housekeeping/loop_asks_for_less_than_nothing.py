"""What is left until a deadline is less than 0 once it has passed.

task: TimedLoop
diagnosis: M81
"""


class TimedLoop(TimedLoop):
    def run_once(self, timeout=None):
        when = self.timers.next_deadline()
        if when is not None:
            left = when - self.clock()
            timeout = left if timeout is None else min(left, timeout)
        EventLoop.run_once(self, timeout)
        self.timers.run_due()
