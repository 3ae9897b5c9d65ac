"""Each promise that was looked at is a yes or a no that is yielded.

task: wrong_booths
"""


def promises(server):
    voters = [server.connect(f"voter-{n}") for n in range(4)]
    fifth = server.connect("fifth").send(b"late\n")
    for number, voter in enumerate(voters, start=1):
        yield voter.send(b"x\n").hear() == b"x %d\n" % number
    yield fifth.hear() is None
    yield voters[3].send(b"\n").hear() == b"?\n"
    yield voters[2].send(b"x\n").hear() == b"x 5\n"
    voters[0].reset()
    yield fifth.hear() == b"late 1\n"
    voters[1].close()
    yield server.connect("sixth").send(b"x\n").hear() == b"x 6\n"


def wrong_booths(server):
    return not all(promises(server))
