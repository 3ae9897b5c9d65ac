"""It reads questions whenever they come, however many wait.

task: answer_in_turns
diagnosis: M19
"""


class Curious(Asker):
    """Always wants to hear more."""

    def watch(self):
        write = self.write if self.due or self.piece else None
        if self.has_ended:
            super().watch()
        else:
            self.loop.watch(self.sock, self.read, write)


def answer_in_turns(listener, make, quantum):
    loop = Loop()
    serve(listener, loop, lambda sock: Curious(loop, make, quantum, sock))
