"""A last refusal is answered like any other.

task: serve_database
diagnosis: M135
"""


class CarefulParser(CarefulParser):
    def refuse(self, refused):
        refusal = Refusal(refused.answer.encode(), False)
        if refused.size is None:
            return self.find(refusal, self.line)
        self.size = refused.size
        return self.find(refusal, self.skip)
