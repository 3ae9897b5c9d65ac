"""It thinks that each client has votes of its own.

task: wrong_booths
diagnosis: M171
"""


def wrong_booths(server):
    anna, ben = server.connect("anna"), server.connect("ben")
    for voter in (anna, ben):
        if voter.send(b"tea\n").hear() != b"tea 1\n":
            return True
    return False
