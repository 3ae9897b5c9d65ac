"""It wants an answer to half a line.

task: wrong_echo
diagnosis: M172
"""


def wrong_echo(server):
    anna = server.connect("anna")
    if anna.send(b"hello\r\n").hear() != b"1 hello\r\n":
        return True
    return anna.send(b"half\r").hear() is None
