"""Lines behind a gold are answered while it is made.

task: serve_in_pieces
diagnosis: M30
"""


class Hasty(Piecemeal):
    def came(self, line):
        if line.startswith(b"gold "):
            super().came(line)
        else:
            self.answer(line.upper())


def serve_in_pieces(listener, begin):
    serve(listener, Loop(), lambda loop, sock: Hasty(loop, sock, begin))
