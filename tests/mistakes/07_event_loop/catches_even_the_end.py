"""It catches whatever is raised, and so SystemExit, too.

task: EventLoop
diagnosis: M103
"""


class EventLoop(EventLoop):
    def _read(self, handler):
        try:
            super()._read(handler)
        except BaseException as error:
            self._fail(handler, error)
