"""It takes an empty value for none.

task: Commands
diagnosis: M130
"""


class Commands(Commands):
    def add(self, words, block):
        item = self.store.get(words[0])
        if item and item.value:
            return b"NOT_STORED\r\n"
        return self.set(words, block)
