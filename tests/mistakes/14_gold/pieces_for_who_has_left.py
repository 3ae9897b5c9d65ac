"""It makes gold to its end, also for a client who has vanished.

task: serve_in_pieces
diagnosis: M212
"""


class ToTheEnd(Piecemeal):
    def piece(self):
        try:
            next(self.making)
        except StopIteration as made:
            self.done(made.value)
        except Exception as error:
            self.done(sorry(error))
        else:
            self.loop.soon(self.piece)


def serve_in_pieces(listener, begin):
    serve(listener, Loop(), lambda loop, sock: ToTheEnd(loop, sock, begin))
