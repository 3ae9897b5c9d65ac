"""One client asks all that one can ask, and nobody stands behind it.

task: wrong_queue
diagnosis: M170
"""


def wrong_queue(server):
    anna = server.connect("anna")
    for word in (b"one\n", b"two\n"):
        if anna.send(word).hear() != b"1 " + word.upper():
            return True
    return anna.half_close().hear() != b""
