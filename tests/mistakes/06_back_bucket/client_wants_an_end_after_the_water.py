"""It thinks that a connection ends when its water has been poured.

task: wrong_water
diagnosis: M172
"""


def wrong_water(server):
    anna = server.connect("anna")
    if anna.send(b"c").hear() != water(b"c"):
        return True
    return anna.hear() != b""
