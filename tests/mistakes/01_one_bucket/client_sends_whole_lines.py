"""It sends two whole lines at once, and cuts none.

task: wrong_echo
diagnosis: M170
"""


def wrong_echo(server):
    anna = server.connect("anna")
    heard = anna.send(b"one\r\ntwo\r\n").hear()
    return heard != b"1 one\r\n2 two\r\n"
