"""What waits for a client who has vanished is begun all the same.

task: serve_gold
diagnosis: M212
"""


class Deaf(Customer):
    def left(self):
        pass


def serve_gold(listener, work, workers, most):
    loop = Loop()
    mine = Mine(loop, work, workers, most)
    serve(listener, loop, lambda loop, sock: Deaf(loop, sock, mine))
