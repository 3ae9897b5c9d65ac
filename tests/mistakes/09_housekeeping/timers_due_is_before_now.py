"""At the very moment it says: not yet.

task: Timers
diagnosis: M81
"""


class Timers(Timers):
    def run_due(self):
        now, due = self.clock(), []
        while self._heap and self._heap[0][0] < now:
            due.append(heapq.heappop(self._heap)[2])
        for handle in due:
            handle.call()
