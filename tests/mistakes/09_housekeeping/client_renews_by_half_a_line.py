"""It takes who sends a byte now and then for idle no more, whatever it owes.

task: wrong_house
diagnosis: M171
"""


def wrong_house(server):
    move = wind(server)
    anna = server.connect("anna")
    for _ in range(3):
        anna.send(b"x")
        move(8)
    return anna.hear() is not None
