"""Each promise that was looked at is a yes or a no that is yielded.

task: wrong_echo
"""


def kept(anna):
    number = 0
    for line in (b"one", b"", b" lone \n and \r ", b"last"):
        number += 1
        for byte in (line + b"\r\n")[:-1]:
            yield anna.send(bytes([byte])).hear() is None
        yield anna.send(b"\n").hear() == answer(number, line)
    glued = b"".join(answer(number + k, b"x") for k in (1, 2, 3))
    yield anna.send(b"x\r\n" * 3).hear() == glued
    yield anna.send(b"no line").half_close().hear() == b""


def wrong_echo(server):
    return not all(kept(server.connect("anna")))
