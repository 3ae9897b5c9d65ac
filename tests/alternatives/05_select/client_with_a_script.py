"""One script of words: each step names who speaks, or hears what.

task: wrong_walker
"""

SCRIPT = """
anna > hello|
anna < olleh|
ben  > |x  |
ben  < |  x|
anna > one|two|th
ben  > half a
anna < eno|owt|
anna > ree|
anna < eerht|
ben  > line|
ben  < enila flah|
dan  <
"""


def wrong_walker(server):
    clients = {name: server.connect(name) for name in ("dan", "anna", "ben")}
    for step in SCRIPT.strip().splitlines():
        name, way, words = step[:4].strip(), step[5], step[7:]
        data = words.replace("|", "\n").encode()
        if way == ">":
            clients[name].send(data)
        elif clients[name].hear() != (data or None):
            return True
    anna = clients["anna"]
    return not takes_any_bytes(anna) or not sees_off(server, clients)


def takes_any_bytes(client):
    line = bytes(set(range(256)) - {10})
    return client.send(line + b"\n").hear() == line[::-1] + b"\n"


def sees_off(server, clients):
    """Who leaves, by whatever way, is out; the next one is welcome."""
    if not server.sleeps():
        return False
    clients.pop("ben").reset()
    if clients["anna"].send(b"on\n").hear() != b"no\n":
        return False
    if clients.pop("anna").half_close().hear() != b"":
        return False
    clients.pop("dan").close()
    eve = server.connect("eve")
    return eve.send(b"on\n").hear() == b"no\n"
