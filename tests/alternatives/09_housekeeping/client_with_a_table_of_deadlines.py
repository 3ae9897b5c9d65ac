"""A row for each client: what it sends, and the second at which it has to go.

task: wrong_house
"""

LONG = answer(b"100000")

# Name: what it sends at which second, and when it is due to go.
ROWS = {
    "mute": ({}, 30),
    "dribbler": ({1: b"a", 4: b"b", 8: b"c"}, 11),
    "typist": ({2: b"mil", 7: b"k\nho", 12: b"ney\n"}, 42),
    "hasty": ({3: b"x\ny"}, 13),
    "begun": ({6: b"p", 13: b"q\nr"}, 23),
    "reader": ({0: b"100000\n"}, 55),
}
READS = 25


class Row:
    def __init__(self, server, name):
        self.client = server.connect(name)
        self.name = name
        self.sends, self.goes = ROWS[name]
        self.heard, self.gone = b"", False

    def hear(self):
        while data := self.client.hear():
            self.heard += data
        self.gone = data == b""

    def act(self, now):
        if now in self.sends:
            self.client.send(self.sends[now])
        late = self.name == "reader" and now < READS
        if late or now not in (*self.sends, READS, self.goes - 0.5, self.goes):
            return True
        self.hear()
        return self.gone == (now >= self.goes)

    def is_answered(self):
        said = b"".join(self.sends.values())
        return self.heard == b"".join(map(answer, said.split(b"\n")[:-1]))


def wrong_house(server):
    move, now = wind(server), 0
    rows = [Row(server, name) for name in ROWS]
    leaver = server.connect("leaver").send(b"100000\nand then").half_close()
    for row in rows:
        row.act(0)
    for moment in (1, 2, 3, 4, 6, 7, 8, 10.5, 11, 12, 12.5, 13, 22.5, 23, 25):
        move(moment - now)
        now = moment
        if not all(row.act(now) for row in rows):
            return True
    if leaver.hear() != LONG or leaver.hear() != b"":
        return True
    for moment in (29.5, 30, 41.5, 42, 54.5, 55):
        move(moment - now)
        now = moment
        if not all(row.act(now) for row in rows):
            return True
    return not all(row.is_answered() for row in rows)
