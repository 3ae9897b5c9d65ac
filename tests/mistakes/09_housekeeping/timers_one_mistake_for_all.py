"""A callback that raises takes those behind it along.

task: Timers
diagnosis: M71
"""


class Timers(Timers):
    def run_due(self):
        now, due = self.clock(), []
        while self._heap and self._heap[0][0] <= now:
            due.append(heapq.heappop(self._heap)[2])
        for handle in due:
            if handle.callback:
                handle.callback()
                handle.callback = None
