"""It carries out what stands behind quit in the same piece.

task: serve_database
diagnosis: M112
"""


class Guest(Guest):
    def work(self):
        self.loop.owed.add(self)
        while self.found and len(self.pending) < HIGH:
            found = self.found.popleft()
            if isinstance(found, Refusal):
                self.pending += found.answer + b"\r\n"
                if found.last:
                    self.leaving = True
            elif found.words[0] == b"quit":
                self.leaving = True
            else:
                self.pending += self.loop.commands.answer(found)
