"""It sleeps until the next deadline, however short a turn is asked for.

task: TimedLoop
diagnosis: M106
"""


class TimedLoop(TimedLoop):
    def run_once(self, timeout=None):
        when = self.timers.next_deadline()
        if when is not None:
            timeout = min(TICK, max(0.0, when - self.clock()))
        EventLoop.run_once(self, timeout)
        self.timers.run_due()
