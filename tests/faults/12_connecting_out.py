"""Runs of relays of exercise 12, for its task "find the fault".

The first to connect tells the relay whom to call, and is no client. Whom it has called
for anna is far-anna.
"""

from buckets.behaviour import Driver

# Relays that keep all promises. Whatever they do is what is due.
RIGHT = ("relay_by_directions", "relay_in_asyncio")
STAGE = Driver("connecting_out.serve_to")
SERVES = "relay"
# What the story says in place of how the relay is told.
WORDS = {
    r"^usher( +)connects$": r"usher\1starts the server",
    r"^usher( +)> b'.*\"seconds\": ([\d.]+)\}\\n'$": (
        r"usher\1tells it whom to call, within \2 s"
    ),
}

# Its line has the port of an upstream in it.
UNSEEN = {"usher"}

# What a learner may choose: the relay of a writer who believes that, and what that is.
BELIEFS = {
    "the_first_end_ends_both": (
        "relay_ends_both",
        "when one side has finished sending, both connections are over",
    ),
    "an_end_is_seen_by_itself": (
        "relay_keeps_the_end",
        "an end of file needs no passing on: the other side will find out",
    ),
    "an_end_overtakes_bytes": (
        "relay_ends_too_soon",
        "the end is passed on as soon as it is known",
    ),
    "a_reset_is_between_two": (
        "relay_leaves_an_orphan",
        "when one side vanishes, the connection to that side is closed, and no other",
    ),
    "nobody_vanishes": (
        "relay_ends_with_who_vanished",
        "a side that is there sends bytes, or the end, and nothing else happens",
    ),
}

# Of each run: the belief that its relay's writer holds, and others to choose from.
RUNS = {
    "moss": (
        "the_first_end_ends_both",
        "an_end_is_seen_by_itself an_end_overtakes_bytes a_reset_is_between_two"
        " nobody_vanishes",
    ),
    "nettle": (
        "a_reset_is_between_two",
        "the_first_end_ends_both an_end_is_seen_by_itself an_end_overtakes_bytes"
        " nobody_vanishes",
    ),
    "otter": (
        "an_end_is_seen_by_itself",
        "the_first_end_ends_both an_end_overtakes_bytes a_reset_is_between_two"
        " nobody_vanishes",
    ),
}
# What only a grader knows.
WITHHELD = {"otter"}


def begin(server):
    """The relay calls an upstream of the run's own."""
    host, port = server.upstream()
    usher = server.connect("usher")
    usher.send(b'{"upstream": ["%s", %d], "seconds": 30.0}\n' % (host.encode(), port))


def pair(server, name):
    """A client, and whom the relay has called for it."""
    return server.connect(name), server.called(f"far-{name}")


def moss(server):
    """One vanishes; and one finishes behind its answer, and listens on."""
    begin(server)
    (anna, far_anna), (ben, far_ben) = pair(server, "anna"), pair(server, "ben")
    anna.send(b"one ").hear()
    far_anna.hear()
    anna.reset()
    far_anna.hear()
    ben.send(b"a question\n").hear()
    far_ben.hear()
    far_ben.send(b"an answer\n").half_close()
    ben.hear()
    ben.hear()
    far_ben.hear()
    ben.send(b"thanks\n")
    far_ben.hear()
    ben.half_close()
    far_ben.hear()


def nettle(server):
    """Each side finishes first, once, and one vanishes."""
    begin(server)
    (anna, far_anna), (ben, far_ben) = pair(server, "anna"), pair(server, "ben")
    anna.send(b"a question\n").half_close()
    far_anna.hear()
    far_anna.hear()
    far_anna.send(b"an answer\n")
    anna.hear()
    far_ben.send(b"an answer\n").half_close()
    ben.send(b"well\n").hear()
    ben.hear()
    far_ben.hear()
    cleo, far_cleo = pair(server, "cleo")
    cleo.send(b"hello\n").hear()
    far_cleo.hear()
    far_cleo.reset()
    ben.send(b"more\n")
    far_ben.hear()
    cleo.hear()
    far_anna.half_close()
    anna.hear()


def otter(server):
    """Resets, and an end of which nobody hears."""
    begin(server)
    (anna, far_anna), (ben, far_ben) = pair(server, "anna"), pair(server, "ben")
    anna.send(b"hello\n")
    far_anna.hear()
    far_anna.reset()
    anna.hear()
    ben.send(b"all I have\n").half_close()
    far_ben.send(b"go on\n")
    ben.hear()
    far_ben.hear()
    far_ben.hear()
    far_ben.send(b"thanks\n")
    ben.hear()
    far_ben.half_close()
    ben.hear()
