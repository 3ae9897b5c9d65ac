"""A client alone: it asks all that one can ask, and nobody else is there.

task: wrong_walker
diagnosis: M170
"""


def wrong_walker(server):
    anna = server.connect("anna")
    steps = [
        (b"hello\n", b"olleh\n"),
        (b"one\ntwo\nth", b"eno\nowt\n"),
        (b"ree\n", b"eerht\n"),
        (b"\n a \n", b"\n a \n"),
    ]
    return any(anna.send(line).hear() != due for line, due in steps)
