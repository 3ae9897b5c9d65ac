"""A turn of one gold is two pieces.

task: serve_in_pieces
diagnosis: M201
"""


class Doubled(Piecemeal):
    def piece(self):
        for _ in range(2):
            if self.making:
                super().piece()


def serve_in_pieces(listener, begin):
    serve(listener, Loop(), lambda loop, sock: Doubled(loop, sock, begin))
