"""Runs of servers of exercise 14, for its task "find the fault".

The first to connect is the work, and no client: it hears of each call that begins, and
says how it ends.
"""

from buckets.behaviour import Driver

# Servers that keep all promises. Whatever they do is what is due.
RIGHT = ("gold_with_threads_and_a_queue", "gold_on_asyncio")
STAGE = Driver("gold.serve_work")
# What the story says in place of what the work hears and says.
WORDS = {
    r"^work( +)connects$": r"work\1lasts until it is told to end",
    r"^work( +)> b'\{\"workers\": (\d), \"most\": (\d)\}\\n'$": (
        r"work\1is done by \2 at a time; so many golds may wait: \3"
    ),
    r"^work( +)< b'\[(\d), \"(\w+)\", false\]\\n'$": r"work\1begins for \3",
    r"^work( +)< b'\[(\d), \"(\w+)\", true\]\\n'$": (
        r"work\1begins for \3, in the thread of the loop"
    ),
    r"^work( +)< nothing$": r"work\1begins for nothing else",
    r"^work( +)> b'\{\"call\": (\d), \"returns\": \"([a-z ]+)\"\}\\n'$": (
        r"work\1has made call \2: \3"
    ),
    r"^work( +)> b'\{\"call\": (\d), \"raises\": \"(\w+)\"\}\\n'$": (
        r"work\1raises \3 in call \2"
    ),
}

# What a learner may choose: the server of a writer who believes that, and what that is.
BELIEFS = {
    "a_number_is_a_client": (
        "gold_by_number",
        "a client is known by the number of its descriptor",
    ),
    "what_is_made_is_sent": (
        "gold_in_the_order_of_making",
        "what is known first is sent first",
    ),
    "to_cancel_is_to_stop": (
        "gold_cancels_what_has_begun",
        "whatever has not been sent can be taken back",
    ),
    "cancel_takes_back_the_gold_alone": (
        "gold_keeps_the_place",
        "cancel takes back the gold, and not the place that it had",
    ),
    "who_has_gone_asks_for_nothing": (
        "gold_for_who_has_left",
        "of a client who has vanished nothing is left that could be taken back",
    ),
    "a_thread_is_there_to_be_waited_for": (
        "gold_waits_for_its_result",
        "a thread makes the gold, so its result may be waited for",
    ),
    "a_queue_has_no_end": (
        "gold_waits_without_a_bound",
        "whatever is asked for can wait",
    ),
    "a_pool_tells_what_went_wrong": (
        "gold_forgets_what_was_raised",
        "when work raises, the pool says so",
    ),
}

# Of each run: the belief that its server's writer holds, and others to choose from.
RUNS = {
    "pearl": (
        "a_number_is_a_client",
        "what_is_made_is_sent to_cancel_is_to_stop cancel_takes_back_the_gold_alone"
        " who_has_gone_asks_for_nothing",
    ),
    "quartz": (
        "cancel_takes_back_the_gold_alone",
        "a_number_is_a_client to_cancel_is_to_stop a_queue_has_no_end"
        " who_has_gone_asks_for_nothing",
    ),
    "reed": (
        "who_has_gone_asks_for_nothing",
        "a_number_is_a_client what_is_made_is_sent a_queue_has_no_end"
        " a_pool_tells_what_went_wrong",
    ),
}
# What only a grader knows.
WITHHELD = {"reed"}


def begin(server, most):
    """The work, of one worker."""
    work = server.connect("work")
    return work.send(b'{"workers": 1, "most": %d}\n' % most)


def returns(work, call, what):
    """A call of the work ends."""
    work.send(b'{"call": %d, "returns": "%s"}\n' % (call, what))


def pearl(server):
    """One vanishes while gold is made for it, and somebody comes."""
    work = begin(server, 2)
    anna, ben, cleo = [server.connect(name) for name in ("anna", "ben", "cleo")]
    anna.send(b"gold ring\nhello\n").hear()
    work.hear()
    ben.send(b"gold cup\n").hear()
    cleo.send(b"gold pin\n").hear()
    ben.send(b"cancel\n").hear()
    ben.send(b"gold bell\n").hear()
    anna.send(b"cancel\n").hear()
    cleo.reset()
    anna.reset()
    dora = server.connect("dora")
    dora.send(b"good day\n").hear()
    returns(work, 1, b"a ring")
    dora.hear()
    work.hear()
    returns(work, 2, b"a bell")
    ben.hear()
    dora.send(b"gold cup\n").hear()
    work.hear()


def quartz(server):
    """Two vanish, one takes back, and one asks for more than there is room for."""
    work = begin(server, 2)
    anna, ben, cleo = [server.connect(name) for name in ("anna", "ben", "cleo")]
    anna.send(b"gold ring\n").hear()
    work.hear()
    anna.send(b"cancel\n").hear()
    ben.send(b"gold cup\n").hear()
    cleo.send(b"gold pin\ngold bell\n").hear()
    cleo.reset()
    dora = server.connect("dora")
    dora.send(b"gold pin\n").hear()
    anna.reset()
    erin = server.connect("erin")
    returns(work, 1, b"a ring")
    erin.hear()
    work.hear()
    erin.send(b"gold bell\n").hear()
    dora.send(b"cancel\n").hear()
    dora.send(b"gold ring\n").hear()
    returns(work, 2, b"a cup")
    ben.hear()
    work.hear()


def reed(server):
    """Gold that fails, and clients who vanish in front of it and behind it."""
    work = begin(server, 1)
    anna, ben, cleo = [server.connect(name) for name in ("anna", "ben", "cleo")]
    anna.send(b"gold ring\nhello\n").hear()
    work.hear()
    ben.send(b"gold cup\n").hear()
    cleo.send(b"gold pin\n").hear()
    work.send(b'{"call": 1, "raises": "ValueError"}\n')
    anna.hear()
    work.hear()
    cleo.send(b"gold pin\n").hear()
    ben.reset()
    dora = server.connect("dora")
    returns(work, 2, b"a cup")
    dora.hear()
    work.hear()
    dora.send(b"gold bell\n").hear()
    dora.reset()
    returns(work, 3, b"a pin")
    cleo.hear()
    work.hear()
    anna.send(b"gold cup\n").hear()
    work.hear()
