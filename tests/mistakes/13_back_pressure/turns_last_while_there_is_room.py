"""A client has turn after turn, as long as there is room for its bytes.

task: answer_in_turns
diagnosis: M201
"""


class Eager(Asker):
    """Goes on until send() takes no more."""

    def write(self):
        try:
            while self.due or self.piece:
                if not self.piece:
                    self.piece = self.make_some()
                self.piece = self.piece[self.sock.send(self.piece) :]
        except BlockingIOError:
            return
        except OSError:
            self.close()
            return
        self.watch()


def answer_in_turns(listener, make, quantum):
    loop = Loop()
    serve(listener, loop, lambda sock: Eager(loop, make, quantum, sock))
