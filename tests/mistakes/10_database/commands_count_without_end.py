"""Numbers grow as Python's do.

task: Commands
diagnosis: M132
"""


class Commands(Commands):
    def incr(self, words, _, sign=1):
        item = self.store.get(words[0])
        if not item:
            return b"NOT_FOUND\r\n"
        if not item.value.isdigit():
            return NOT_A_NUMBER
        value = b"%d" % max(0, int(item.value) + sign * int(words[1]))
        self.store.put(words[0], value, item.flags, item.expires)
        return value + b"\r\n"
