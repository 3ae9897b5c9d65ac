"""What the work raises stays in its future.

task: serve_gold
diagnosis: M211
"""


class Silent(Mine):
    def tell(self, gold):
        if not gold.future.cancelled() and not gold.future.exception():
            super().tell(gold)


def serve_gold(listener, work, workers, most):
    loop = Loop()
    mine = Silent(loop, work, workers, most)
    serve(listener, loop, lambda loop, sock: Customer(loop, sock, mine))
