"""It closes the socket of a handler that raised, and tells it after that.

task: EventLoop
diagnosis: M73
"""


class EventLoop(EventLoop):
    def _fail(self, handler, error):
        self.unregister(handler)
        handler.sock.close()
        self._report(handler, error)
