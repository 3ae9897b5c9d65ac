"""It calls until nothing is due any more, whoever has asked for it.

task: Timers
diagnosis: M91
"""


class Timers(Timers):
    def run_due(self):
        while True:
            when = self.next_deadline()
            if when is None or when > self.clock():
                return
            heapq.heappop(self._heap)[2].call()
