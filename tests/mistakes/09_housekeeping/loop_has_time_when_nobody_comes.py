"""It calls what is due when select() has come back empty-handed.

task: TimedLoop
diagnosis: M82
"""


class TimedLoop(TimedLoop):
    def wait(self, timeout):
        readable, writable = super().wait(timeout)
        if not readable and not writable:
            self.timers.run_due()
        return readable, writable

    def run_once(self, timeout=None):
        when = self.timers.next_deadline()
        if when is not None:
            left = max(0, when - self.clock())
            timeout = left if timeout is None else min(left, timeout)
        EventLoop.run_once(self, timeout)
