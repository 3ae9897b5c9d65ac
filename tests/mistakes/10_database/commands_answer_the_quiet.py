"""noreply is a word like any other to it.

task: Commands
diagnosis: M133
"""


class Commands(Commands):
    def answer(self, request):
        name, *words = request.words
        return self.table[name](words, request.block)
