"""A callback raises, and nobody is told.

task: Timers
diagnosis: M95
"""


class Quiet(Handle):
    def call(self):
        callback, self.callback = self.callback, None
        if callback:
            try:
                callback()
            except Exception:
                pass


class Timers(Timers):
    def call_at(self, when, callback):
        handle = Quiet(self, callback)
        heapq.heappush(self._heap, (when, next(self._serials), handle))
        return handle
