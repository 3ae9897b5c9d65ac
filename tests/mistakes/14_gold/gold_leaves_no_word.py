"""The pool puts what is made into a deque, and wakes nobody.

task: serve_gold
diagnosis: M215
"""


class Quiet(Mine):
    def tell(self, gold):
        self.done.append(gold)


class Looking(Customer):
    """Looks into the deque whenever somebody speaks."""

    def came(self, line):
        self.mine.hear()
        super().came(line)


def serve_gold(listener, work, workers, most):
    loop = Loop()
    mine = Quiet(loop, work, workers, most)
    serve(listener, loop, lambda loop, sock: Looking(loop, sock, mine))
