"""Each gold has a thread of its own, however many there are.

task: serve_gold
diagnosis: M217
"""


class Crowd(Mine):
    def __init__(self, loop, work, workers, most):
        super().__init__(loop, work, 64, most)
        self.places = workers + most


def serve_gold(listener, work, workers, most):
    loop = Loop()
    mine = Crowd(loop, work, workers, most)
    serve(listener, loop, lambda loop, sock: Customer(loop, sock, mine))
