"""It hires a thread, and waits for what it makes.

task: serve_gold
diagnosis: M210
"""


class Waiting(Mine):
    def begin(self, gold, words):
        future = self.pool.submit(self.work, words)
        try:
            gold.answer = future.result()
        except Exception as error:
            gold.answer = sorry(error)


def serve_gold(listener, work, workers, most):
    loop = Loop()
    mine = Waiting(loop, work, workers, most)
    serve(listener, loop, lambda loop, sock: Customer(loop, sock, mine))
