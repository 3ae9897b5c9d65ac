"""What a piece raises leaves the loop, and ends the server.

task: serve_in_pieces
diagnosis: M211
"""


class Trusting(Piecemeal):
    def piece(self):
        if self.is_gone:
            return
        try:
            next(self.making)
        except StopIteration as made:
            self.done(made.value)
        else:
            self.loop.soon(self.piece)


def serve_in_pieces(listener, begin):
    serve(listener, Loop(), lambda loop, sock: Trusting(loop, sock, begin))
