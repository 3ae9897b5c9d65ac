"""One match statement for all commands.

task: Commands
"""


class Commands:
    def __init__(self, database, clock=time.time):
        self.store, self.clock = Store(database, clock), clock

    def answer(self, request):
        said = self.carry_out(request.words, request.block) + b"\r\n"
        return b"" if request.quiet else said

    def when(self, word):
        number = int(word)
        if number > 30 * 86_400:
            return number
        return self.clock() + number if number else NEVER

    def carry_out(self, words, block):
        match words:
            case [b"get" | b"gets" as verb, *keys]:
                return self.show(keys, verb == b"gets")
            case [b"gat" | b"gats" as verb, until, *keys]:
                for key in keys:
                    self.store.touch(key, self.when(until))
                return self.show(keys, verb == b"gats")
            case [b"delete", key, *_]:
                return b"DELETED" if self.store.delete(key) else b"NOT_FOUND"
            case [b"touch", key, until]:
                found = self.store.touch(key, self.when(until))
                return b"TOUCHED" if found else b"NOT_FOUND"
            case [b"incr" | b"decr" as verb, key, number]:
                return self.count(key, int(number), verb == b"incr")
            case [b"flush_all", *delay]:
                later = delay and int(delay[0])
                until = self.when(delay[0]) if later else self.clock()
                self.store.flush(until)
                return b"OK"
            case [b"version"]:
                return b"VERSION " + VERSION
            case [b"stats"]:
                return b"STAT version " + VERSION + b"\r\nEND"
            case [b"stats", what, *_]:
                return b"RESET" if what == b"reset" else b"END"
            case [b"verbosity" | b"cache_memlimit", *_]:
                return b"OK"
        return self.keep(words, block)

    def show(self, keys, with_cas):
        told = b""
        for key in keys:
            item = self.store.get(key)
            if item is not None:
                told += b"VALUE %s %d %d" % (key, item.flags, len(item.value))
                told += b" %d" % item.cas if with_cas else b""
                told += b"\r\n" + item.value + b"\r\n"
        return told + b"END"

    def count(self, key, number, up):
        item = self.store.get(key)
        if item is None:
            return b"NOT_FOUND"
        value = item.value
        if not re.fullmatch(rb"\d{1,20}", value) or int(value) > 2**64 - 1:
            return NOT_A_NUMBER.rstrip()
        total = int(value) + number if up else max(0, int(value) - number)
        value = str(total & (2**64 - 1)).encode()
        self.store.put(key, value, item.flags, item.expires)
        return value

    def keep(self, words, block):
        verb, key, flags, until, _, *number = words
        item = self.store.get(key)
        if verb == b"cas":
            if item is None:
                return b"NOT_FOUND"
            if item.cas != int(number[0]):
                return b"EXISTS"
        elif verb != b"set" and (item is None) == (verb != b"add"):
            return b"NOT_STORED"
        flags, until = int(flags), self.when(until)
        if verb in (b"append", b"prepend"):
            both = [item.value, block]
            block = b"".join(both if verb == b"append" else both[::-1])
            flags, until = item.flags, item.expires
            if len(block) > BLOCK_LIMIT:
                return TOO_LARGE.encode()
        self.store.put(key, block, flags, until)
        return b"STORED"
