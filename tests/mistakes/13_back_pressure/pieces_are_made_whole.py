"""It has the whole answer made when it is asked for.

task: answer_in_pieces
diagnosis: M200
"""


class Whole(Asker):
    """Makes everything, and sends it as there is room."""

    def make_some(self):
        name, _, size = self.due.popleft()
        return self.make(name, 0, size)


def answer_in_pieces(listener, make):
    loop = Loop()
    serve(listener, loop, lambda sock: Whole(loop, make, PIECE, sock))
