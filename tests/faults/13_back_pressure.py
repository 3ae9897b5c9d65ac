"""Runs of relays with marks of exercise 13, for its task "find the fault".

The first to connect tells the relay whom to call, and its marks, and is no client. Whom
it has called for anna is far-anna.
"""

from buckets.behaviour import Driver
from buckets.conditions import Mishap

# Relays that keep all promises. Whatever they do is what is due.
RIGHT = ("relay_by_directions", "relay_in_asyncio")
STAGE = Driver("back_pressure.serve_marked")
SERVES = "relay_with_marks"
# What the story says in place of how the relay is told.
WORDS = {
    r"^usher( +)connects$": r"usher\1starts the server",
    r"^usher( +)> b'\{\"high\": (\d+), \"low\": (\d+).*$": (
        r"usher\1tells it whom to call: high \2, low \3"
    ),
}

# Its line has the port of an upstream in it.
UNSEEN = {"usher"}

# What a learner may choose: the relay of a writer who believes that, and what that is.
BELIEFS = {
    "marks_are_passed_upwards": (
        "marks_are_measured_by_who_reads",
        "bytes that come bring it to a mark: the marks are looked at when it has read",
    ),
    "a_pair_has_one_gate": (
        "marks_stop_both_sides",
        "a side for which the high mark is reached is busy: it is not read from, too",
    ),
    "hear_first_then_speak": (
        "marks_wait_for_the_hearer",
        "a side that has not taken all that is kept for it is not read from",
    ),
    "an_end_overtakes_bytes": (
        "marks_and_the_end_overtakes",
        "the end is passed on as soon as it is known",
    ),
    "a_reset_is_between_two": (
        "marks_and_an_orphan",
        "when one side vanishes, the connection to that side is closed, and no other",
    ),
    "one_mark_is_enough": (
        "marks_are_one",
        "it reads again as soon as less than the high mark is kept",
    ),
}

# Of each run: the belief that its relay's writer holds, and others to choose from.
RUNS = {
    "vetch": (
        "marks_are_passed_upwards",
        "a_pair_has_one_gate hear_first_then_speak an_end_overtakes_bytes"
        " a_reset_is_between_two",
    ),
    "willow": (
        "a_pair_has_one_gate",
        "marks_are_passed_upwards hear_first_then_speak a_reset_is_between_two"
        " one_mark_is_enough",
    ),
    "yarrow": (
        "hear_first_then_speak",
        "marks_are_passed_upwards a_pair_has_one_gate an_end_overtakes_bytes"
        " a_reset_is_between_two",
    ),
}
# What only a grader knows.
WITHHELD = {"yarrow"}

# Of each run: the calls that fail, or take a part only.
MISHAPS = {"vetch": (Mishap("send", at=4, times=1, error="EAGAIN"),)}


def begin(server, high, low):
    """The relay calls an upstream of the run's own."""
    host, port = server.upstream()
    usher = server.connect("usher")
    order = b'{"high": %d, "low": %d, "upstream": ["%s", %d]}\n'
    usher.send(order % (high, low, host.encode(), port))


def pair(server, name):
    """A client, and whom the relay has called for it."""
    return server.connect(name), server.called(f"far-{name}")


def vetch(server):
    """Much is said at once, twice, and once there is no room for a moment."""
    begin(server, 16, 4)
    (anna, far_anna), (ben, far_ben) = pair(server, "anna"), pair(server, "ben")
    anna.send(b"tea, please\n")
    far_anna.hear()
    ben.send(b"soup, please, with bread and butter\n")
    far_ben.hear()
    far_anna.send(b"green?\n")
    anna.hear()
    far_anna.send(b"or black, with milk and sugar?\n")
    anna.hear()
    anna.send(b"black, with a biscuit or with two\n")
    far_anna.hear()
    ben.send(b"and salt\n").half_close()
    far_ben.hear()
    far_ben.hear()
    far_anna.send(b"here it is\n")
    anna.hear()
    far_ben.send(b"here it is\n").half_close()
    ben.hear()
    ben.hear()
    anna.send(b"is nobody there?\n")
    far_anna.hear()


def willow(server):
    """Somebody takes nothing for a while, and more is said than the marks allow."""
    begin(server, 400_000, 100_000)
    (anna, far_anna), (ben, far_ben) = pair(server, "anna"), pair(server, "ben")
    far_anna.send(b"tea " * 95_000)
    anna.send(b"more, please\n")
    far_anna.hear()
    ben.send(b"soup, please\n")
    far_ben.hear()
    far_anna.send(b"tea " * 95_000)
    far_ben.send(b"soup\n")
    ben.hear()
    anna.send(b"enough\n")
    far_anna.hear()
    anna.hear()
    far_anna.hear()
    far_ben.half_close()
    ben.hear()
    far_anna.send(b"good bye\n")
    anna.hear()


def yarrow(server):
    """Somebody takes nothing for a while, and the high mark is far away."""
    begin(server, 1_000_000, 200_000)
    (anna, far_anna), (ben, far_ben) = pair(server, "anna"), pair(server, "ben")
    ben.send(b"soup, please\n")
    far_ben.hear()
    far_anna.send(b"tea " * 110_000)
    far_ben.send(b"soup\n").half_close()
    ben.hear()
    ben.hear()
    ben.send(b"thanks\n")
    far_ben.hear()
    anna.send(b"enough\n")
    far_anna.hear()
    anna.hear()
    far_anna.hear()
    far_anna.half_close()
    anna.hear()
    anna.send(b"good bye\n")
    far_anna.hear()
