"""It thinks that each letter is worth one byte more than the one before.

task: wrong_water
diagnosis: M171
"""


def wrong_water(server):
    anna = server.connect("anna")
    for size, letter in enumerate((b"a", b"b", b"c"), start=1):
        if len(anna.send(letter).hear()) != size:
            return True
    return False
