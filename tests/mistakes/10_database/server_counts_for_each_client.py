"""Each client has a copy of the numbers that it has counted.

task: serve_database
diagnosis: M137
"""


class Commands(Commands):
    copies = {}

    def incr(self, words, _, sign=1):
        key = words[0]
        if key not in self.copies:
            told = super().incr(words, _, sign)
            if told.strip().isdigit():
                self.copies[key] = int(told)
            return told
        self.copies[key] += sign * int(words[1])
        self.store.put(key, b"%d" % self.copies[key])
        return b"%d\r\n" % self.copies[key]


class Guest(Guest):
    def work(self):
        mine = self.__dict__.setdefault("copies", {})
        self.loop.commands.copies = mine
        super().work()
