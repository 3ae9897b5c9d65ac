"""It compares answers, and leaves the clock where it stands.

task: wrong_house
diagnosis: M170
"""


def wrong_house(server):
    wind(server)
    anna, ben = server.connect("anna"), server.connect("ben")
    steps = (
        (anna, b"so", None),
        (ben, b"tea\nca", b"TEA\n"),
        (anna, b"up\n", b"SOUP\n"),
        (ben, b"ke\n", b"CAKE\n"),
    )
    return any(who.send(said).hear() != due for who, said, due in steps)
