"""Whoever has been told of room must ask again: it takes the flag down each time.

task: EventLoop
diagnosis: M72
"""


class EventLoop(EventLoop):
    def _write(self, handler):
        del self._writers[self._numbers[handler]]
        handler.handle_write()
