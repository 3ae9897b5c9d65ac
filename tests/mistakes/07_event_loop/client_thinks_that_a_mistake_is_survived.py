"""It thinks that a handler that has raised goes on.

task: wrong_loop
diagnosis: M171
"""


def wrong_loop(server):
    wil, ben = server.connect("wil"), server.connect("ben")
    wil.send(b"watch\n").hear()
    if ben.send(b"name ben\n").hear() != b"I am ben\n":
        return True
    return ben.send(b"spill read\nsay hi\n").hear() != b"hi\n"
