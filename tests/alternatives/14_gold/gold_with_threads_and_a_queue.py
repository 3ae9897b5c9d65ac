"""Threads and queues of its own, in place of a pool.

task: serve_gold
"""

import queue
import threading


class Job:
    def __init__(self, guest, words):
        self.guest, self.words = guest, words
        self.answer = None
        self.has_begun = False


class Smithy:
    """Workers take jobs from a list that a lock protects."""

    def __init__(self, loop, work, workers, most):
        self.work, self.room = work, workers + most
        self.jobs, self.made = [], queue.SimpleQueue()
        self.there_is_work = threading.Condition()
        self.string = Wakeup()
        loop.watch(self.string, read=self.hear)
        for _ in range(workers):
            threading.Thread(target=self.toil, daemon=True).start()

    def toil(self):
        while True:
            with self.there_is_work:
                while not self.jobs:
                    self.there_is_work.wait()
                job = self.jobs.pop(0)
                job.has_begun = True
            try:
                answer = self.work(job.words)
            except Exception as error:
                answer = b"sorry: " + type(error).__name__.encode()
            self.made.put((job, answer))
            self.string.wake()

    def take(self, job):
        if self.room == 0:
            job.answer = b"busy"
            return
        self.room -= 1
        with self.there_is_work:
            self.jobs.append(job)
            self.there_is_work.notify()

    def take_back(self, job):
        with self.there_is_work:
            if job not in self.jobs:
                return 0
            self.jobs.remove(job)
        job.answer = b"cancelled"
        self.room += 1
        return 1

    def hear(self):
        self.string.clear()
        while not self.made.empty():
            job, job.answer = self.made.get()
            self.room += 1
            job.guest.flush()


class Buyer(Guest):
    def __init__(self, loop, sock, smithy):
        super().__init__(loop, sock)
        self.smithy, self.owed_to = smithy, []

    def came(self, line):
        job = Job(self, line[5:])
        self.owed_to.append(job)
        if line[:5] == b"gold ":
            self.smithy.take(job)
        elif line == b"cancel":
            job.answer = str(self.left()).encode()
        else:
            job.answer = line.upper()
        self.flush()

    def flush(self):
        while self.owed_to and self.owed_to[0].answer is not None:
            self.answer(self.owed_to.pop(0).answer)

    def left(self):
        return sum(map(self.smithy.take_back, self.owed_to))


def serve_gold(listener, work, workers, most):
    loop = Loop()
    smithy = Smithy(loop, work, workers, most)
    serve(listener, loop, lambda loop, sock: Buyer(loop, sock, smithy))
