"""It takes cancelled timers out when their time comes, and not before.

task: Timers
diagnosis: M90
"""


class Timers:
    def __init__(self, clock):
        self.clock = clock
        self.heap = []
        self.serial = count()

    def call_at(self, when, callback):
        handle = Handle(callback)
        heapq.heappush(self.heap, (when, next(self.serial), handle))
        return handle

    def call_later(self, seconds, callback):
        return self.call_at(self.clock() + seconds, callback)

    def next_deadline(self):
        while self.heap and self.heap[0][2].cancelled:
            heapq.heappop(self.heap)
        return self.heap[0][0] if self.heap else None

    def run_due(self):
        now, due = self.clock(), []
        while self.heap and self.heap[0][0] <= now:
            due.append(heapq.heappop(self.heap)[2])
        for handle in due:
            if not handle.cancelled:
                try:
                    handle.callback()
                except Exception:
                    traceback.print_exc()


class Handle:
    def __init__(self, callback):
        self.callback = callback
        self.cancelled = False

    def cancel(self):
        self.cancelled = True
