"""What the work raises is raised in the loop.

task: serve_gold
diagnosis: M211
"""


class Trusting(Mine):
    def hear(self):
        self.string.clear()
        while self.done:
            self.places += 1
            gold = self.done.popleft()
            gold.answer = gold.future.result()
            gold.owner.send_on()


def serve_gold(listener, work, workers, most):
    loop = Loop()
    mine = Trusting(loop, work, workers, most)
    serve(listener, loop, lambda loop, sock: Customer(loop, sock, mine))
