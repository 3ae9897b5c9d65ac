"""Three come and vote in turns, so that nobody ever waits.

task: wrong_booths
diagnosis: M170
"""


def wrong_booths(server):
    voters = [server.connect(name) for name in ("anna", "ben", "cleo")]
    for number, voter in enumerate(voters, start=1):
        if voter.send(b"tea\n").hear() != b"tea %d\n" % number:
            return True
    return False
