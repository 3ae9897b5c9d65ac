"""A morning at the counter, as a list of what everybody hears after each step.

task: wrong_queue
"""


def wrong_queue(server):
    queue = {
        name: server.connect(name) for name in ("ann", "bob", "eve", "dan")
    }
    ann, bob, eve, dan = queue.values()
    morning = [
        (lambda: bob.send(b"b\n"), {}),
        (lambda: eve.send(b"e\n"), {}),
        (lambda: ann.send(b"a\nb"), {"ann": b"1 A\n"}),
        (lambda: ann.send(b"\n\n"), {"ann": b"1 B\n1 \n"}),
        (eve.reset, {"eve": b""}),
        (ann.half_close, {"ann": b"", "bob": b"2 B\n"}),
        (bob.half_close, {"bob": b""}),
        (lambda: dan.send(b"d\n"), {"dan": b"4 D\n"}),
    ]
    gone = set()
    for step, due in morning:
        step()
        for name, client in queue.items():
            if name in gone:
                continue
            if client.hear() != due.get(name):
                return True
            if due.get(name) == b"":
                gone.add(name)
    return False
