"""What is taken back keeps its place.

task: serve_gold
diagnosis: M219
"""


class Narrow(Mine):
    def take_back(self, gold):
        if gold.answer is not None or not gold.future.cancel():
            return False
        gold.answer = b"cancelled"
        return True


class Once(Customer):
    """Who has vanished makes its places free, as it should be."""

    def left(self):
        self.mine.places += self.take_back()


def serve_gold(listener, work, workers, most):
    loop = Loop()
    mine = Narrow(loop, work, workers, most)
    serve(listener, loop, lambda loop, sock: Once(loop, sock, mine))
