"""It thinks that the first line is number 0.

task: wrong_echo
diagnosis: M171
"""


def wrong_echo(server):
    anna = server.connect("anna")
    for number, word in enumerate((b"one", b"two")):
        due = b"%d %s\r\n" % (number, word)
        if anna.send(word + b"\r\n").hear() != due:
            return True
    return False
