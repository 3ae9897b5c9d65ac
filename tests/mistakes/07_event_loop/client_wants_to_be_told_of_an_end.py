"""It thinks that who watches is told of a goodbye, too.

task: wrong_loop
diagnosis: M172
"""


def wrong_loop(server):
    wil, ben = server.connect("wil"), server.connect("ben")
    if wil.send(b"watch\n").hear() != b"watching\n":
        return True
    ben.half_close()
    return wil.hear() is None
