"""It takes Ctrl-C, a KeyboardInterrupt, for a mistake of the handler.

task: EventLoop
diagnosis: M103
"""


class EventLoop(EventLoop):
    def _read(self, handler):
        try:
            super()._read(handler)
        except KeyboardInterrupt as error:
            self._fail(handler, error)
