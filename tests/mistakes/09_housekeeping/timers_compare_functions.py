"""Its heap has the time and the function, and nothing between them.

task: Timers
diagnosis: M89
"""


class Timers:
    def __init__(self, clock):
        self.clock = clock
        self.heap = []
        self.cancelled = set()

    def call_at(self, when, callback):
        heapq.heappush(self.heap, (when, callback))
        return Handle(self, (when, callback))

    def call_later(self, seconds, callback):
        return self.call_at(self.clock() + seconds, callback)

    def next_deadline(self):
        return self.heap[0][0] if self.heap else None

    def run_due(self):
        now, due = self.clock(), []
        while self.heap and self.heap[0][0] <= now:
            due.append(heapq.heappop(self.heap))
        for when, callback in due:
            try:
                callback()
            except Exception:
                traceback.print_exc()


class Handle:
    def __init__(self, timers, entry):
        self.timers, self.entry = timers, entry

    def cancel(self):
        if self.entry in self.timers.heap:
            self.timers.heap.remove(self.entry)
            heapq.heapify(self.timers.heap)
