"""Runs of servers of exercise 03, for its task "find the fault".

Whatever a client sends comes back in capitals; there are four children at most.
"""

# Servers that keep all promises. Whatever they do is what is due.
RIGHT = ("signals_held_back", "woken_by_a_pipe")

# What a learner may choose: the server of a writer who believes that, and what that is.
BELIEFS = {
    "the_first_hired_ends_first": (
        "waits_for_the_eldest",
        "while the crew is complete, the child to wait for is the one hired first",
    ),
    "a_full_house_is_closed": (
        "sends_the_fifth_away",
        "a client who finds the crew complete is sent away",
    ),
    "a_child_is_waited_for_at_once": (
        "waits_for_each_child",
        "a parent waits for a child right after the fork",
    ),
    "the_child_alone_closes": (
        "parent_keeps_its_copy",
        "the child has the connection, so only the child closes it",
    ),
    "a_child_counts_itself_out": (
        "counts_in_the_child",
        "a child that ends takes itself off the list of the crew",
    ),
    "one_more_is_no_harm": (
        "one_too_many",
        "a place is waited for once there are more children than the crew has",
    ),
    "a_signal_means_all_have_ended": (
        "the_handler_waits_for_all",
        "when one child ends, the handler waits until none is left",
    ),
}

# Of each run: the belief that its server's writer holds, and others to choose from.
RUNS = {
    "dune": (
        "the_first_hired_ends_first",
        "a_full_house_is_closed a_child_is_waited_for_at_once the_child_alone_closes"
        " a_child_counts_itself_out",
    ),
    "ember": (
        "a_child_counts_itself_out",
        "the_first_hired_ends_first a_full_house_is_closed one_more_is_no_harm"
        " the_child_alone_closes",
    ),
    "fern": (
        "a_signal_means_all_have_ended",
        "the_first_hired_ends_first a_child_counts_itself_out"
        " a_child_is_waited_for_at_once the_child_alone_closes",
    ),
}
# What only a grader knows.
WITHHELD = {"fern"}
# Whose code is handed to whoever has found its fault, and the task that mends it.
MENDS = {"dune": "mended_parent"}


def dune(server):
    """The crew is complete, and the second one leaves."""
    crew = [server.connect(name) for name in ("anna", "ben", "cleo", "dan")]
    anna, ben, cleo, dan = crew
    for client in (ben, anna, dan, cleo):
        client.send(b"tea\n").hear()
    ben.half_close().hear()
    eve = server.connect("eve")
    eve.send(b"soup\n").hear()
    cleo.send(b"milk\n").hear()
    anna.half_close().hear()
    eve.hear()


def ember(server):
    """Four come and go, one after the other, and then a fifth."""
    anna, ben = server.connect("anna"), server.connect("ben")
    anna.send(b"soup\n").hear()
    ben.send(b"bread\n").hear()
    anna.half_close().hear()
    cleo = server.connect("cleo")
    cleo.send(b"wine\n").hear()
    dan = server.connect("dan")
    dan.send(b"tea\n").hear()
    eve = server.connect("eve")
    eve.send(b"milk\n").hear()
    finn = server.connect("finn")
    finn.send(b"cake\n").hear()
    ben.half_close().hear()
    finn.hear()


def fern(server):
    """Three are served, the last to come leaves first, and a fourth comes."""
    anna, ben, cleo = [server.connect(name) for name in ("anna", "ben", "cleo")]
    for client in (cleo, ben, anna):
        client.send(b"tea\n").hear()
    cleo.half_close().hear()
    dan = server.connect("dan")
    dan.send(b"soup\n").hear()
    anna.send(b"milk\n").hear()
    anna.half_close().hear()
    dan.hear()
    ben.half_close().hear()
    dan.hear()
