"""It wants a silent client to be gone half a second before its limit.

task: wrong_house
diagnosis: M172
"""


def wrong_house(server):
    move = wind(server)
    anna, ben = server.connect("anna"), server.connect("ben")
    if ben.send(b"tea\n").hear() != b"TEA\n":
        return True
    anna.send(b"so")
    move(9.5)
    return anna.hear() is None
