"""A slow one vanishes with water pending, and another takes its water late.

task: wrong_water
"""


def wrong_water(server):
    rude, slow = server.connect("rude"), server.connect("slow")
    rude.send(b"t")
    slow.send(b"t").send(b"ed").half_close()
    anna = server.connect("anna").send(b"bc")
    if anna.hear() != water(b"b") + water(b"c"):
        return True
    rude.reset()
    heard = [slow.hear(), slow.hear(), anna.send(b"f").hear()]
    due = [b"".join(map(water, (b"t", b"e", b"d"))), b"", water(b"f")]
    return heard != due
