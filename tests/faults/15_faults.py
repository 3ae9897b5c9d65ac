"""Runs of servers of exercise 15, for its task "find the fault".

The first to connect moves the clock, and is no client. Some calls fail by order.
"""

from buckets.behaviour import Driver
from buckets.conditions import Mishap

# Servers that keep all promises. Whatever they do is what is due.
RIGHT = ("out_in_one_function", "drain_by_a_pipe")
STAGE = Driver("faults.serve")
# What the story says in place of what moves the clock.
WORDS = {
    r"^clock( +)connects$": r"clock\1stands still until it is moved",
    r"^clock( +)> b'([\d.]+)\\n'$": r"clock\1moves on by \2 s",
}

# What a learner may choose: the server of a writer who believes that, and what that is.
BELIEFS = {
    "any_failure_is_a_shortage": (
        "out_pauses_for_who_is_gone",
        "whatever accept() raises, it is time for a pause",
    ),
    "means_come_with_a_goodbye": (
        "out_opens_when_somebody_leaves",
        "out of means, accept() will work again when somebody has left",
    ),
    "not_now_is_never": (
        "out_not_now_is_the_end",
        "when recv() or send() raises, whatever it is, that connection is over",
    ),
    "only_resets_happen": (
        "out_only_resets_happen",
        "a connection may be reset, and fails in no other way",
    ),
    "a_flag_is_a_promise": (
        "out_flag_is_a_promise",
        'where a flag is up, the call does not say "not now"',
    ),
    "who_is_gone_ends_the_door": (
        "out_ends_with_who_is_gone",
        "accept() raises for want of means, or because the door is broken",
    ),
    "what_was_given_has_gone": (
        "out_takes_a_part_for_all",
        "what was given to send() has gone, all of it",
    ),
    "the_pause_must_grow": (
        "out_pauses_longer_each_time",
        "each pause must be twice as long as the one before",
    ),
}

# Of each run: the belief that its server's writer holds, and others to choose from.
RUNS = {
    "slate": (
        "any_failure_is_a_shortage",
        "means_come_with_a_goodbye who_is_gone_ends_the_door the_pause_must_grow"
        " what_was_given_has_gone",
    ),
    "thyme": (
        "means_come_with_a_goodbye",
        "any_failure_is_a_shortage not_now_is_never the_pause_must_grow"
        " what_was_given_has_gone",
    ),
    "umber": (
        "only_resets_happen",
        "not_now_is_never a_flag_is_a_promise what_was_given_has_gone"
        " means_come_with_a_goodbye",
    ),
}
# What only a grader knows.
WITHHELD = {"umber"}

# Of each run: the calls that fail, or take a part only.
MISHAPS = {
    "slate": (
        Mishap("accept", at=2, times=1, error="EMFILE"),
        Mishap("accept", at=4, times=1, error="ECONNABORTED"),
        Mishap("send", at=2, times=1, most=2),
    ),
    "thyme": (
        Mishap("accept", at=3, times=1, error="ECONNABORTED"),
        Mishap("accept", at=5, times=1, error="EMFILE"),
        Mishap("recv", at=2, times=1, error="EAGAIN"),
        Mishap("send", at=3, times=1, most=1),
    ),
    "umber": (
        Mishap("accept", at=3, times=1, error="ENOBUFS"),
        Mishap("recv", at=2, times=1, error="EINTR"),
        Mishap("send", at=2, times=1, most=1),
        Mishap("send", at=4, times=1, error="ETIMEDOUT"),
    ),
}


def slate(server):
    """A shortage, and then somebody who has left the door."""
    clock = server.connect("clock")
    anna = server.connect("anna")
    anna.send(b"tea\n").hear()
    ben = server.connect("ben")
    ben.send(b"soup\n").hear()
    clock.send(b"1.0\n")
    ben.hear()
    cleo = server.connect("cleo")
    cleo.send(b"bread\n").hear()
    anna.send(b"more tea\n").hear()
    clock.send(b"1.0\n")
    cleo.hear()
    ben.send(b"thanks\n").hear()


def thyme(server):
    """A shortage, and in its pause somebody says goodbye."""
    clock = server.connect("clock")
    anna, ben = server.connect("anna"), server.connect("ben")
    anna.send(b"tea\n").hear()
    ben.send(b"soup\n").hear()
    cleo = server.connect("cleo")
    cleo.send(b"bread\n").hear()
    dora = server.connect("dora")
    dora.send(b"milk\n").hear()
    ben.send(b"more soup\n").hear()
    anna.close()
    dora.hear()
    clock.send(b"1.0\n")
    dora.hear()
    ben.send(b"thanks\n").hear()


def umber(server):
    """Calls that are to be made again, and one that has failed for good."""
    clock = server.connect("clock")
    anna, ben = server.connect("anna"), server.connect("ben")
    anna.send(b"tea\n").hear()
    ben.send(b"soup\n").hear()
    cleo = server.connect("cleo")
    cleo.send(b"bread\n").hear()
    clock.send(b"1.0\n")
    cleo.hear()
    ben.send(b"more soup\n").hear()
    anna.send(b"more tea\n").hear()
    ben.hear()
    cleo.send(b"thanks\n").hear()
