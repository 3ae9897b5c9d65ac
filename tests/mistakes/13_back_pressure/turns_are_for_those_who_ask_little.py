"""Who wants the least comes first, always.

task: answer_in_turns
diagnosis: M202
"""

EVERYBODY = []


class Least(Asker):
    """Has no turn while somebody else wants less."""

    def wants(self):
        return sum(size - start for _, start, size in self.due)

    def watch(self):
        if self not in EVERYBODY:
            EVERYBODY.append(self)
        super().watch()
        waiting = [one for one in EVERYBODY if one.due or one.piece]
        first = min(waiting, key=Least.wants, default=None)
        for one in waiting:
            write = one.write if one is first or one.piece else None
            self.loop.watch(one.sock, write=write)

    def close(self):
        EVERYBODY.remove(self)
        super().close()


def answer_in_turns(listener, make, quantum):
    loop = Loop()
    serve(listener, loop, lambda sock: Least(loop, make, quantum, sock))
