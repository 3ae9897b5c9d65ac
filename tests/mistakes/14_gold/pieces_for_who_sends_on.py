"""Who has finished sending is taken for somebody who has gone.

task: serve_in_pieces
diagnosis: M08
"""


class Hasty(Piecemeal):
    def read(self):
        super().read()
        if self.has_ended:
            self.close()


def serve_in_pieces(listener, begin):
    serve(listener, Loop(), lambda loop, sock: Hasty(loop, sock, begin))
