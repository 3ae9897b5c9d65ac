"""Who hears what after each step, for all who are there.

task: wrong_booths
"""


def wrong_booths(server):
    names = ("ann", "bob", "cat", "dee", "eva", "fay")
    there = {name: server.connect(name) for name in names}
    election = [
        ("eva", b"a\n", {}),
        ("fay", b"a\n", {}),
        ("dee", b"a\nb\n", {"dee": b"a 1\nb 1\n"}),
        ("cat", b"\n", {"cat": b"?\n"}),
        ("ann", b"a", {}),
        ("ann", b"\n", {"ann": b"a 2\n"}),
        ("bob", None, {"bob": b"", "eva": b"a 3\n"}),
        ("ann", None, {"ann": b"", "fay": b"a 4\n"}),
        ("cat", b"b\n", {"cat": b"b 2\n"}),
    ]
    for name, said, due in election:
        if said:
            there[name].send(said)
        elif name == "bob":
            there[name].reset()
        else:
            there[name].half_close()
        if any(there[who].hear() != due.get(who) for who in list(there)):
            return True
        there = {k: v for k, v in there.items() if due.get(k) != b""}
    return False
