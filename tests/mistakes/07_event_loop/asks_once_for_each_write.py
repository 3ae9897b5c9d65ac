"""A flag of room is taken down each time: ask again, or never hear of it.

task: EventLoop
diagnosis: M72
"""


class EventLoop(EventLoop):
    def _write(self, handler):
        del self._writers[self._numbers[handler]]
        handler.handle_write()
