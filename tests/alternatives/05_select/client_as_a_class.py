"""A class that keeps what is due to whom, and looks at everybody each time.

task: wrong_walker
"""


class Broken(Exception):
    """A promise that was not kept."""


class House:
    def __init__(self, server):
        self.server, self.clients = server, {}

    def come(self, *names):
        for name in names:
            self.clients[name] = self.server.connect(name)

    def say(self, name, data, due):
        self.clients[name].send(data)
        self.all_hear({name: due})

    def all_hear(self, due):
        for name, client in self.clients.items():
            if client.hear() != due.get(name):
                raise Broken(name)

    def leave(self, name, how):
        client = self.clients.pop(name)
        getattr(client, how)()
        self.all_hear({})
        return client


def visit(house):
    house.come("squatter", "anna", "ben", "cleo")
    for name in ("cleo", "ben", "anna"):
        house.say(name, b"I am here\n", b"ereh ma I\n")
    house.say("ben", b"a\n\n b \n\xfe\nlo", b"a\n\n b \n\xfe\n")
    house.say("cleo", b"and ", None)
    house.say("ben", b"ng\n", b"gnol\n")
    house.say("cleo", b"so on\n", b"no os dna\n")
    if house.leave("cleo", "half_close").hear() != b"":
        raise Broken("cleo")
    house.leave("ben", "reset")
    house.say("anna", b"still\n", b"llits\n")
    house.leave("anna", "close")
    if not house.server.sleeps():
        raise Broken("everybody")
    house.leave("squatter", "close")
    house.come("late")
    house.say("late", b"me\n", b"em\n")


def wrong_walker(server):
    try:
        visit(House(server))
    except Broken:
        return True
    return False
