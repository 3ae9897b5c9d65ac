"""A script in lines: who says what, and what is due to whom.

task: wrong_loop
"""

SCRIPT = """
wil: name wil > I am wil
wil: watch > watching
ben: name ben > I am ben
wil: mute ben > ben is muted
ben: say one > nothing
wil: unmute ben > ben is unmuted
ben: sing > one/la la la
wil: slip > mind the step
eve: listen > the end
wil: say so > the door: Spilled/so
ben: spill read > the end
wil: say on > ben: Spilled/on
finn: leave > goodbye
"""


def wrong_loop(server):
    clients = {}
    for line in SCRIPT.strip().splitlines():
        name, _, rest = line.partition(": ")
        order, _, due = rest.partition(" > ")
        if name not in clients:
            clients[name] = server.connect(name)
        client = clients[name]
        if order == "leave":
            client.half_close()
        elif order != "listen":
            client.send(order.encode() + b"\n")
        lines = due.replace("/", "\n").encode() + b"\n"
        if client.hear() != {"nothing": None, "the end": b""}.get(due, lines):
            return True
    return False
