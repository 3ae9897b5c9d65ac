"""run() catches what a handler raises; in a single turn nobody does.

task: EventLoop
diagnosis: M71
"""


class EventLoop(EventLoop):
    def run(self):
        self._running = True
        while self._running:
            try:
                self.run_once(TICK)
            except Exception as error:
                super()._fail(self.at_work, error)

    def _read(self, handler):
        self.at_work = handler
        super()._read(handler)

    def _write(self, handler):
        self.at_work = handler
        super()._write(handler)

    def _fail(self, handler, error):
        raise error
