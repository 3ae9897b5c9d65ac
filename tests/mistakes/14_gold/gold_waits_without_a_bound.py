"""Its queue has no end, and nobody is told that it is busy.

task: serve_gold
diagnosis: M217
"""


class Patient(Mine):
    def begin(self, gold, words):
        self.places = 1
        super().begin(gold, words)


def serve_gold(listener, work, workers, most):
    loop = Loop()
    mine = Patient(loop, work, workers, most)
    serve(listener, loop, lambda loop, sock: Customer(loop, sock, mine))
