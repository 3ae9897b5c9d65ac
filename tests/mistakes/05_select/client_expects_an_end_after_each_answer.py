"""It holds a server to the contract of another task: one answer, and the end.

task: wrong_walker
diagnosis: M172
"""


def wrong_walker(server):
    for name in ("anna", "ben", "cleo"):
        client = server.connect(name)
        if client.send(b"hello\n").hear() != b"olleh\n":
            return True
        if client.hear() != b"":
            return True
    return False
