"""What is made first is sent first.

task: serve_gold
diagnosis: M30
"""


class Hasty(Customer):
    def send_on(self):
        for gold in list(self.golds):
            if gold.answer is not None:
                self.golds.remove(gold)
                self.answer(gold.answer)


def serve_gold(listener, work, workers, most):
    loop = Loop()
    mine = Mine(loop, work, workers, most)
    serve(listener, loop, lambda loop, sock: Hasty(loop, sock, mine))
