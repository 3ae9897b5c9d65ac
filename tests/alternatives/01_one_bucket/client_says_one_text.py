"""One text, in pieces, and what has been heard in all after each of them.

task: wrong_echo
"""

PIECES = (
    (b"a\r\n", b"1 a\r\n"),
    (b"\r\n\r", b"2 \r\n"),
    (b"\n", b"3 \r\n"),
    (b"x\ny\rz\r\n", b"4 x\ny\rz\r\n"),
    (b"1\r\n2\r\n3", b"5 1\r\n6 2\r\n"),
)


def wrong_echo(server):
    anna, heard, due = server.connect("anna"), b"", b""
    for said, answered in PIECES:
        anna.send(said)
        heard += anna.hear() or b""
        due += answered
        if heard != due:
            return True
    anna.half_close()
    return anna.hear() != b""
