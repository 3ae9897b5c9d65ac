"""It looks at the clock anew for each callback.

task: Timers
"""


class Timers(Timers):
    def run_due(self):
        # Whatever is asked for from now on has a later serial.
        last = next(self._serials)
        while self._heap and self._heap[0][0] <= self.clock():
            if self._heap[0][1] > last:
                break
            heapq.heappop(self._heap)[2].call()
