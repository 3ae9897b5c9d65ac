"""It wants an answer to the line of a set, before the block has come.

task: wrong_memcached
diagnosis: M172
"""


def wrong_memcached(server):
    anna = server.connect("anna")
    for piece in (b"get a\r\n", b"set a 0 0 5\r\n", b"hello\r\n"):
        if anna.send(piece).hear() is None:
            return True
    return False
