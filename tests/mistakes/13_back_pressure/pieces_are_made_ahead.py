"""It makes small pieces, all of them, and keeps them until there is room.

task: answer_in_pieces
diagnosis: M200
"""


class Ahead(Asker):
    """Has everything ready."""

    def make_some(self):
        ready = []
        while self.due:
            ready.append(super().make_some())
        return b"".join(ready)


def answer_in_pieces(listener, make):
    loop = Loop()
    serve(listener, loop, lambda sock: Ahead(loop, make, PIECE, sock))
