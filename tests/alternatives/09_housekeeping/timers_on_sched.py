"""On the library's sched, whose cancel() looks through the whole queue.

task: Timers
"""

import sched


class Timers:
    def __init__(self, clock):
        self.clock, self.asked = clock, 0
        self.plan = sched.scheduler(clock, lambda seconds: None)

    def call_at(self, when, callback):
        self.asked += 1
        handle = Handle()
        handle.plan, handle.over = self.plan, False
        handle.event = self.plan.enterabs(
            when, self.asked, callback, (handle,)
        )
        return handle

    def call_later(self, seconds, callback):
        return self.call_at(self.clock() + seconds, callback)

    def next_deadline(self):
        return self.plan.queue[0].time if self.plan.queue else None

    def run_due(self):
        now = self.clock()
        due = [event for event in self.plan.queue if event.time <= now]
        for event in due:
            self.plan.cancel(event)
        for event in due:
            (handle,) = event.argument
            if not handle.over:
                handle.over = True
                try:
                    event.action()
                except Exception:
                    traceback.print_exc()


class Handle:
    def cancel(self):
        if not self.over:
            self.over = True
            if self.event in self.plan.queue:
                self.plan.cancel(self.event)
