"""The loop inherits from both, and every rhythm is a closure.

task: TimedLoop
"""

from types import SimpleNamespace


class TimedLoop(EventLoop, Timers):
    def __init__(self, clock=time.monotonic):
        EventLoop.__init__(self)
        Timers.__init__(self, clock)

    def call_every(self, seconds, callback):
        start, beats, over = self.clock(), 1, False

        def beat():
            nonlocal beats
            try:
                callback()
            finally:
                while start + beats * seconds <= self.clock():
                    beats += 1
                if not over:
                    ask()

        def ask():
            rhythm.timer = self.call_at(start + beats * seconds, beat)

        def cancel():
            nonlocal over
            over = True
            rhythm.timer.cancel()

        rhythm = SimpleNamespace(cancel=cancel)
        ask()
        return rhythm

    def wait(self, timeout):
        # Seconds until the next deadline, if that is nearer.
        when = self.next_deadline()
        limits = [] if timeout is None else [timeout]
        if when is not None:
            limits.append(max(0, when - self.clock()))
        return super().wait(min(limits, default=None))

    def run_once(self, timeout=None):
        super().run_once(timeout)
        self.run_due()
