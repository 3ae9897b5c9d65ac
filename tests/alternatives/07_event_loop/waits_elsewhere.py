"""The same loop, which waits in poll() instead of select().

task: EventLoop
"""


class EventLoop(EventLoop):
    def wait(self, timeout):
        poller = select.poll()
        for number in {*self._readers, *self._writers}:
            reads = select.POLLIN if number in self._readers else 0
            writes = select.POLLOUT if number in self._writers else 0
            poller.register(number, reads | writes)
        ready = poller.poll(None if timeout is None else timeout * 1000)
        read = [n for n, flags in ready if flags & ~select.POLLOUT]
        write = [n for n, flags in ready if flags & select.POLLOUT]
        return (
            [n for n in read if n in self._readers],
            [n for n in write if n in self._writers],
        )
