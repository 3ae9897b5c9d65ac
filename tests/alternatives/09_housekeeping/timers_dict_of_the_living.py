"""A dict knows who is still waiting; the heap holds times and numbers.

task: Timers
"""


class Timers:
    def __init__(self, clock):
        self.clock, self.serial = clock, 0
        self.heap, self.waiting = [], {}

    def call_at(self, when, callback):
        self.serial += 1
        self.waiting[self.serial] = callback
        heapq.heappush(self.heap, (when, self.serial))
        return Ticket(self, self.serial)

    def call_later(self, seconds, callback):
        return self.call_at(self.clock() + seconds, callback)

    def cancel(self, serial):
        self.waiting.pop(serial, None)
        if len(self.heap) > 2 * len(self.waiting) + 16:
            self.heap = [e for e in self.heap if e[1] in self.waiting]
            heapq.heapify(self.heap)

    def next_deadline(self):
        while self.heap and self.heap[0][1] not in self.waiting:
            heapq.heappop(self.heap)
        return self.heap[0][0] if self.heap else None

    def run_due(self):
        end = self.serial
        later, now = [], self.clock()
        while self.heap and self.heap[0][0] <= now:
            entry = heapq.heappop(self.heap)
            if entry[1] > end:
                later.append(entry)
            elif callback := self.waiting.pop(entry[1], None):
                try:
                    callback()
                except Exception:
                    traceback.print_exc()
        for entry in later:
            heapq.heappush(self.heap, entry)


class Ticket:
    def __init__(self, timers, serial):
        self.timers, self.serial = timers, serial

    def cancel(self):
        self.timers.cancel(self.serial)
