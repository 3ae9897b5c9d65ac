"""A client whose gold fails is seen off, and hears nothing.

task: serve_in_pieces
diagnosis: M211
"""


class SeenOff(Piecemeal):
    def piece(self):
        if self.is_gone:
            return
        try:
            next(self.making)
        except StopIteration as made:
            self.done(made.value)
        except Exception:
            self.close()
        else:
            self.loop.soon(self.piece)


def serve_in_pieces(listener, begin):
    serve(listener, Loop(), lambda loop, sock: SeenOff(loop, sock, begin))
