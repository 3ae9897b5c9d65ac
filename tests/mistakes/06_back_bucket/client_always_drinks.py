"""Everybody hears at once, so that nothing is ever pending for long.

task: wrong_water
diagnosis: M170
"""


def wrong_water(server):
    anna, ben = server.connect("anna"), server.connect("ben")
    for client in (anna, ben):
        if client.send(b"cd").hear() != water(b"c") + water(b"d"):
            return True
    return anna.half_close().hear() != b""
