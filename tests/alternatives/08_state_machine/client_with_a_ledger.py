"""It keeps what is due to whom, and compares when it is asked to.

task: wrong_memcached
"""


class Ledger:
    def __init__(self, server):
        self.server, self.due, self.clients = server, {}, {}

    def ask(self, who, said, due):
        if who not in self.clients:
            self.clients[who] = self.server.connect(who)
        self.due[who] = self.due.get(who, b"") + due
        self.clients[who].send(said)

    def differs(self, who):
        heard = self.clients[who].hear()
        return heard != (self.due.pop(who, b"") or None)


def stored(key, block):
    return b"set %b 7 0 %d\r\n%b\r\n" % (key, len(block), block)


def value(key, block):
    return b"VALUE %b 7 %d\r\n%b\r\nEND\r\n" % (key, len(block), block)


def wrong_memcached(server):
    book, large = Ledger(server), bytes(BLOCK_LIMIT)
    book.ask("anna", stored(b"k", b"\r\n"), b"STORED\r\n")
    book.ask("anna", stored(b"l", large), b"STORED\r\n")
    if book.differs("anna"):
        return True
    book.ask("ben", b"get k\r\n\r\nget k\r\n", 2 * value(b"k", b"\r\n"))
    book.due["ben"] = b"ERROR\r\n".join(2 * [value(b"k", b"\r\n")])
    if book.differs("ben"):
        return True
    trap = b"delete k\r\n" * 2000
    refused = b"SERVER_ERROR object too large for cache\r\n"
    book.ask("ben", stored(b"m", trap), refused)
    for _ in range(3):
        book.ask("anna", b"get l\r\n" * 40, 40 * value(b"l", large))
    book.ask("ben", b"get k", b"")
    if not server.sleeps() or book.differs("ben"):
        return True
    book.ask("ben", b"\r\n", value(b"k", b"\r\n"))
    if book.differs("ben"):
        return True
    book.clients["anna"].half_close()
    rests = server.sleeps()
    if not rests or book.differs("anna"):
        return True
    return book.clients["anna"].hear() != b""
