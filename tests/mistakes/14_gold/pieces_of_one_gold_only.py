"""It begins a gold when the one before it is made, whoever asked.

task: serve_in_pieces
diagnosis: M201
"""


class InLine(Piecemeal):
    """One queue of golds for all clients; the first is made to its end."""

    queue = deque()

    def piece(self):
        if self not in self.queue:
            self.queue.append(self)
        if self.queue[0] is self or self.is_gone:
            super().piece()
        else:
            self.loop.soon(self.piece)

    def done(self, answer):
        self.queue.remove(self)
        super().done(answer)


def serve_in_pieces(listener, begin):
    serve(listener, Loop(), lambda loop, sock: InLine(loop, sock, begin))
