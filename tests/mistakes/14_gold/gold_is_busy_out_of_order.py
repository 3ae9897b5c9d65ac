"""Who finds no place is told at once, before what was asked for first.

task: serve_gold
diagnosis: M30
"""


class Blunt(Customer):
    def came(self, line):
        super().came(line)
        if self.golds and self.golds[-1].answer == b"busy":
            self.answer(self.golds.pop().answer)


def serve_gold(listener, work, workers, most):
    loop = Loop()
    mine = Mine(loop, work, workers, most)
    serve(listener, loop, lambda loop, sock: Blunt(loop, sock, mine))
