"""The loop wakes up again and again to look for what is made.

task: serve_gold
diagnosis: M26
"""


class Restless(Loop):
    """Looks every 20 milliseconds."""

    def turn(self):
        flags = select.select(self.readers, self.writers, [], 0.02)
        for up, table in zip(flags, self.tables(), strict=False):
            for sock in up:
                if act := table.get(sock):
                    act()
        self.mine.hear()

    def tables(self):
        return self.readers, self.writers


class Quiet(Mine):
    def tell(self, gold):
        self.done.append(gold)


def serve_gold(listener, work, workers, most):
    loop = Restless()
    loop.mine = Quiet(loop, work, workers, most)
    serve(listener, loop, lambda loop, sock: Customer(loop, sock, loop.mine))
