"""append takes flags and time from its own line.

task: Commands
diagnosis: M131
"""


class Commands(Commands):
    def append(self, words, block):
        item = self.store.get(words[0])
        if not item:
            return b"NOT_STORED\r\n"
        return self.set(words, item.value + block)
