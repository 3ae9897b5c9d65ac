"""It calls the work in the thread of the loop.

task: serve_gold
diagnosis: M210
"""


class Alone(Mine):
    def begin(self, gold, words):
        try:
            gold.answer = self.work(words)
        except Exception as error:
            gold.answer = sorry(error)


def serve_gold(listener, work, workers, most):
    loop = Loop()
    mine = Alone(loop, work, workers, most)
    serve(listener, loop, lambda loop, sock: Customer(loop, sock, mine))
