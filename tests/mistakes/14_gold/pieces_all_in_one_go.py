"""It makes all pieces of a gold without a turn between them.

task: serve_in_pieces
diagnosis: M210
"""


class InOneGo(Piecemeal):
    def piece(self):
        try:
            while not self.is_gone:
                next(self.making)
        except StopIteration as made:
            self.done(made.value)
        except Exception as error:
            self.done(sorry(error))


def serve_in_pieces(listener, begin):
    serve(listener, Loop(), lambda loop, sock: InOneGo(loop, sock, begin))
