"""Feed a learner's parser with the bytes of real clients, and hear what it found.

A parser is a class and no server. A driver beside it accepts clients, makes a parser
for each, feeds it what recv() gives, and sends back what feed() returned, an item a
line.

    @behaviour("RequestParser", points=1, driver=feed_parsers)
    def test_a_request(server):
        \"\"\"a request is found\"\"\"
        server.connect("anna").send(b"get a\\r\\n").expect(request(b"get a"))
"""

from __future__ import annotations

from buckets.behaviour import Driver
from buckets.driving.clients import Dribbler
from buckets.driving.server import Server

feed_parsers = Driver("state_machine.feed_parsers")
"""Driver for classes with feed(data)."""


def lines(*found: bytes) -> bytes:
    """How the driver tells of lines."""
    return b"".join(b"<%s>\n" % line for line in found)


def request(line: bytes, block: bytes | None = None) -> bytes:
    """How the driver tells of a request: its words with a blank between, its block."""
    words = b"<%s>" % b" ".join(line.split())
    return words + (b"\n" if block is None else b" <%s>\n" % block)


def refusal(answer: bytes) -> bytes:
    """How the driver tells of something that was refused."""
    return b"! %s\n" % answer


def send_at_every_cut(client: Dribbler, stream: bytes, expected: bytes) -> None:
    """Send `stream` once for each place where it can be cut in two.

    A parser must end where it began, so one connection serves for all cuts.
    """
    for cut in range(1, len(stream)):
        client.send_cut(stream, cut).expect(expected)


def expect_nothing_kept(
    server: Server, client: Dribbler, start: bytes, filler: bytes, most: int
) -> None:
    """What is thrown away takes no memory, however much it is.

    Args:
        start: makes the server throw away what follows.
        filler: what follows, several times as much as `most`.
        most: bytes by which the server may grow.
    """
    before = server.vitals().memory
    client.send_cut(start + filler, len(start))
    if server.vitals().memory - before > most:
        text = f"keeps more than {most >> 20} MB of what it should throw away"
        raise server.unmet(text, "memory")
    server.story.tell("server", "keeps next to nothing of that")
