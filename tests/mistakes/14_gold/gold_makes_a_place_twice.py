"""Who vanishes makes a place free for what has begun, too.

task: serve_gold
diagnosis: M217
"""


class Twice(Customer):
    def left(self):
        self.take_back()
        begun = [gold for gold in self.golds if gold.answer is None]
        self.mine.places += len(begun)


def serve_gold(listener, work, workers, most):
    loop = Loop()
    mine = Mine(loop, work, workers, most)
    serve(listener, loop, lambda loop, sock: Twice(loop, sock, mine))
