"""A turn is one question, or a piece of one.

task: answer_in_turns
diagnosis: M202
"""


class OneEach(Asker):
    """Makes something of the first question, and of no other."""

    def make_some(self):
        name, start, size = self.due.popleft()
        count = min(size - start, self.quantum)
        if start + count < size:
            self.due.appendleft((name, start + count, size))
        return self.make(name, start, count)


def answer_in_turns(listener, make, quantum):
    loop = Loop()
    serve(listener, loop, lambda sock: OneEach(loop, make, quantum, sock))
