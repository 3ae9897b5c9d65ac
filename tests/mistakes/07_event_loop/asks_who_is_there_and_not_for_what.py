"""It looks again whether a handler is there, and not for what.

task: EventLoop
diagnosis: M70
"""


class EventLoop(EventLoop):
    def run_once(self, timeout=None):
        readable, writable = self.wait(timeout)
        ready = [(self._readers[n], self._read) for n in readable]
        ready += [(self._writers[n], self._write) for n in writable]
        for handler, see_to in ready:
            if handler in self._numbers:
                try:
                    see_to(handler)
                except Exception as error:
                    self._fail(handler, error)
