"""It thinks that the first client is number 0.

task: wrong_queue
diagnosis: M171
"""


def wrong_queue(server):
    for number, name in enumerate(("anna", "ben", "cleo")):
        client = server.connect(name)
        client.send(b"hello\n").half_close()
        if client.hear() != b"%d HELLO\n" % number:
            return True
    return False
