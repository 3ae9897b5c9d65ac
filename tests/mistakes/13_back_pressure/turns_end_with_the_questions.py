"""Who has finished asking is seen off at once, with answers due.

task: answer_in_turns
diagnosis: M67
"""


class Short(Asker):
    """Reads all the time, and closes at the end."""

    def watch(self):
        write = self.write if self.due or self.piece else None
        if self.has_ended:
            self.close()
        else:
            self.loop.watch(self.sock, self.read, write)


def answer_in_turns(listener, make, quantum):
    loop = Loop()
    serve(listener, loop, lambda sock: Short(loop, make, quantum, sock))
