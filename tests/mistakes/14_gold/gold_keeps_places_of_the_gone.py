"""A place is free when an answer is sent: whoever has gone is sent none.

task: serve_gold
diagnosis: M212
"""


class Late(Mine):
    def hear(self):
        self.string.clear()
        while self.done:
            self.done.popleft().made()


class Payer(Customer):
    def send_on(self):
        while self.golds and self.golds[0].answer is not None:
            if self.is_gone:
                return
            gold = self.golds.popleft()
            self.answer(gold.answer)
            if gold.future and not gold.future.cancelled():
                self.mine.places += 1


def serve_gold(listener, work, workers, most):
    loop = Loop()
    mine = Late(loop, work, workers, most)
    serve(listener, loop, lambda loop, sock: Payer(loop, sock, mine))
