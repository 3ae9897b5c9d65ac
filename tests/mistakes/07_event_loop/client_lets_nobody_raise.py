"""Everybody speaks, one is muted, and nothing goes wrong.

task: wrong_loop
diagnosis: M170
"""


def wrong_loop(server):
    wil, anna = server.connect("wil"), server.connect("anna")
    steps = (
        (wil, b"name wil\n", b"I am wil\n"),
        (anna, b"name anna\n", b"I am anna\n"),
        (wil, b"mute anna\n", b"anna is muted\n"),
        (anna, b"say hi\n", None),
        (wil, b"unmute anna\n", b"anna is unmuted\n"),
        (anna, b"", b"hi\n"),
    )
    if any(who.send(said).hear() != due for who, said, due in steps):
        return True
    return wil.send(b"say well\n").hear() != b"well\n"
