"""A scene for each sentence of the contract; all must end well.

task: wrong_loop
"""


def puppet(server, name):
    client = server.connect(name)
    client.send(b"name %s\n" % name.encode()).hear()
    return client


def is_muted(server):
    anna, ben = puppet(server, "anna"), puppet(server, "ben")
    anna.send(b"mute ben\n").hear()
    ben.send(b"say hi\n")
    early = ben.hear()
    anna.send(b"unmute ben\n").hear()
    return early is None and ben.hear() == b"hi\n"


def is_closed_and_told(server):
    wil, cleo = puppet(server, "wil"), puppet(server, "cleo")
    wil.send(b"watch\n").hear()
    cleo.send(b"spill read\n")
    return (cleo.hear(), wil.hear()) == (b"", b"cleo: Spilled\n")


def stays_open(server):
    puppet(server, "dan").send(b"slip\n").hear()
    eve, finn = server.connect("eve"), server.connect("finn")
    return (eve.hear(), finn.send(b"say ho\n").hear()) == (b"", b"ho\n")


def says_goodbye(server):
    gus = puppet(server, "gus").half_close()
    return (gus.hear(), gus.hear()) == (b"goodbye\n", b"")


SCENES = is_muted, says_goodbye, is_closed_and_told, stays_open


def wrong_loop(server):
    return not all(scene(server) for scene in SCENES)
