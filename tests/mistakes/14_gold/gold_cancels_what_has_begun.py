"""cancel is told of gold whose making has begun.

task: serve_gold
diagnosis: M219
"""


class Rash(Mine):
    def take_back(self, gold):
        if gold.answer is not None:
            return False
        if gold.future.cancel():
            self.places += 1
        gold.answer = b"cancelled"
        return True

    def hear(self):
        self.string.clear()
        while self.done:
            self.places += 1
            gold = self.done.popleft()
            if gold.answer is None:
                gold.made()


def serve_gold(listener, work, workers, most):
    loop = Loop()
    mine = Rash(loop, work, workers, most)
    serve(listener, loop, lambda loop, sock: Customer(loop, sock, mine))
