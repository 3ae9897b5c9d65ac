"""It takes it that send() has taken the whole piece.

task: answer_in_pieces
diagnosis: M04
"""


class Gone(Asker):
    """Makes the next piece when the one before was given to send()."""

    def write(self):
        try:
            self.sock.send(self.make_some())
        except BlockingIOError:
            return
        except OSError:
            self.close()
            return
        self.watch()


def answer_in_pieces(listener, make):
    loop = Loop()
    serve(listener, loop, lambda sock: Gone(loop, make, PIECE, sock))
