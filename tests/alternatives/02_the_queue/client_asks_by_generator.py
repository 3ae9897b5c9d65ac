"""Each promise that was looked at is a yes or a no that is yielded.

task: wrong_queue
"""


def promises(server):
    first, second = server.connect("first"), server.connect("second")
    rude, last = server.connect("rude"), server.connect("last")
    second.send(b"early bird\n")
    for number in range(3):
        first.send(b"%d\n" % number)
        yield first.hear() == b"1 %d\n" % number
        yield second.hear() is None
    rude.reset()
    first.close()
    yield second.hear() == b"2 EARLY BIRD\n"
    second.half_close()
    yield second.hear() == b""
    last.send(b"at last\n").half_close()
    yield last.hear() == b"4 AT LAST\n"
    yield last.hear() == b""


def wrong_queue(server):
    return not all(promises(server))
