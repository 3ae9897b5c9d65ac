"""Each gold has its generator at once, and its pieces later.

task: serve_in_pieces
"""


class Early(Piecemeal):
    def came(self, line):
        word, _, words = line.partition(b" ")
        asks = word == b"gold" and line != word
        self.lines.append(self.begin(words) if asks else line)
        self.next()

    def next(self):
        while self.lines and not self.making:
            first = self.lines.popleft()
            if isinstance(first, bytes):
                self.answer(first.upper())
            else:
                self.making = first
                self.loop.soon(self.piece)


def serve_in_pieces(listener, begin):
    serve(listener, Loop(), lambda loop, sock: Early(loop, sock, begin))
