"""It accuses a server that does not answer half a line.

task: wrong_walker
diagnosis: M172
"""


def wrong_walker(server):
    anna, ben = server.connect("anna"), server.connect("ben")
    if anna.send(b"hello\n").hear() != b"olleh\n":
        return True
    for piece in (b"half ", b"a line\n"):
        if ben.send(piece).hear() is None:
            return True
    return False
