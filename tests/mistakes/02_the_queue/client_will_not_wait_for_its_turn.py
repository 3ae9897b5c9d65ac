"""The second one wants an answer while the first one's turn goes on.

task: wrong_queue
diagnosis: M172
"""


def wrong_queue(server):
    anna, ben = server.connect("anna"), server.connect("ben")
    if anna.send(b"one\n").hear() != b"1 ONE\n":
        return True
    return ben.send(b"two\n").hear() is None
