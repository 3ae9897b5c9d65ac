"""Its `timeout or TICK` makes 30 seconds of 0.

task: EventLoop
diagnosis: M106
"""


class EventLoop(EventLoop):
    def wait(self, timeout):
        lists = self._readers, self._writers, ()
        return select.select(*lists, timeout or TICK)[:2]
