"""The fifth wants an answer while all four booths are taken.

task: wrong_booths
diagnosis: M172
"""


def wrong_booths(server):
    for number in range(5):
        voter = server.connect(f"voter-{number + 1}")
        if voter.send(b"tea\n").hear() != b"tea %d\n" % (number + 1):
            return True
    return False
