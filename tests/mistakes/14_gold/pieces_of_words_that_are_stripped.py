"""The words of a gold are stripped, and are not what stands behind the blank.

task: serve_in_pieces
diagnosis: none
"""


class Tidy(Piecemeal):
    def __init__(self, loop, sock, begin):
        super().__init__(loop, sock, lambda words: begin(words.strip()))


def serve_in_pieces(listener, begin):
    serve(listener, Loop(), lambda loop, sock: Tidy(loop, sock, begin))
