"""The thread that has made gold sends it.

task: serve_gold
diagnosis: M216
"""


class Direct(Mine):
    def tell(self, gold):
        if not gold.future.cancelled():
            self.places += 1
            gold.made()


def serve_gold(listener, work, workers, most):
    loop = Loop()
    mine = Direct(loop, work, workers, most)
    serve(listener, loop, lambda loop, sock: Customer(loop, sock, mine))
