"""It takes a clock, and asks time.monotonic() what time it is.

task: TimedLoop
diagnosis: M84
"""


class TimedLoop(TimedLoop):
    def __init__(self, clock=time.monotonic):
        super().__init__()
        self.timers = Timers(time.monotonic)

    def run_once(self, timeout=None):
        when = self.timers.next_deadline()
        if when is not None:
            left = max(0, when - time.monotonic())
            timeout = left if timeout is None else min(left, timeout)
        EventLoop.run_once(self, timeout)
        self.timers.run_due()
