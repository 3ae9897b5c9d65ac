"""One queue for everybody: who has asked first is served to the end.

task: answer_in_turns
diagnosis: M201
"""


class Queue:
    """The clients who have asked, in this order."""

    def __init__(self, loop):
        self.loop, self.waiting = loop, deque()

    def next(self):
        if self.waiting:
            first = self.waiting[0]
            self.loop.watch(first.sock, write=first.write)


class Queued(Asker):
    """Watches for room when it is the first."""

    def __init__(self, queue, *more):
        self.queue = queue
        super().__init__(queue.loop, *more)

    def watch(self):
        waits = self in self.queue.waiting
        if (self.due or self.piece) and not waits:
            self.queue.waiting.append(self)
            self.loop.watch(self.sock)
        elif waits and not self.due and not self.piece:
            self.queue.waiting.remove(self)
        if not self.due and not self.piece:
            super().watch()
        self.queue.next()

    def close(self):
        super().close()
        with suppress(ValueError):
            self.queue.waiting.remove(self)


def answer_in_turns(listener, make, quantum):
    loop = Loop()
    queue = Queue(loop)
    serve(listener, loop, lambda sock: Queued(queue, make, quantum, sock))
