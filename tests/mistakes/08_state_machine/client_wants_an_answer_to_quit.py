"""It waits for a word after quit, and there is none: only the end.

task: wrong_memcached
diagnosis: M171
"""


def wrong_memcached(server):
    anna = server.connect("anna")
    if anna.send(b"get a\r\n").hear() != b"END\r\n":
        return True
    return anna.send(b"quit\r\n").hear() == b""
