"""Runs of servers of exercise 09, for its task "find the fault".

The first to connect moves the clock, and is no client. A line comes back in capitals.
"""

from buckets.behaviour import Driver

# Servers that keep all promises. Whatever they do is what is due.
RIGHT = ("house_with_one_lazy_timer", "house_without_a_loop_class")
STAGE = Driver("housekeeping.serve")
# What the story says in place of what moves the clock.
WORDS = {
    r"^clock( +)connects$": r"clock\1stands still until it is moved",
    r"^clock( +)> b'([\d.]+)\\n'$": r"clock\1moves on by \2 s",
}

# What a learner may choose: the server of a writer who believes that, and what that is.
BELIEFS = {
    "a_byte_is_progress_for_all_limits": (
        "house_every_byte_renews",
        "every byte that comes renews all limits of its client",
    ),
    "a_line_begins_after_a_pause": (
        "house_forgets_the_next_line",
        "what stands behind a newline in the same piece has begun no line yet",
    ),
    "a_timer_ends_by_itself": (
        "house_forgets_why",
        "when the newline has come, the timer that was set for it can stay",
    ),
    "who_vanishes_needs_no_care": (
        "house_keeps_the_timers_of_the_vanished",
        "after a reset there is nothing left to cancel",
    ),
    "who_says_nothing_is_idle": (
        "house_listens_only",
        "only bytes that come are progress",
    ),
    "a_line_is_waited_for_to_its_end": (
        "house_waits_for_a_newline_after_the_end",
        "a client who has begun a line owes its newline, even once it has finished",
    ),
}

# Of each run: the belief that its server's writer holds, and others to choose from.
RUNS = {
    "jade": (
        "a_timer_ends_by_itself",
        "a_byte_is_progress_for_all_limits a_line_begins_after_a_pause"
        " who_says_nothing_is_idle a_line_is_waited_for_to_its_end",
    ),
    "kelp": (
        "a_line_begins_after_a_pause",
        "a_byte_is_progress_for_all_limits a_timer_ends_by_itself"
        " who_says_nothing_is_idle a_line_is_waited_for_to_its_end",
    ),
    "lark": (
        "a_byte_is_progress_for_all_limits",
        "a_line_begins_after_a_pause a_timer_ends_by_itself"
        " who_says_nothing_is_idle a_line_is_waited_for_to_its_end",
    ),
}
# What only a grader knows.
WITHHELD = {"lark"}


def jade(server):
    """A line that was whole in time, one that was not, and one after a goodbye."""
    clock = server.connect("clock")
    anna, ben, cleo = [server.connect(name) for name in ("anna", "ben", "cleo")]
    cleo.send(b"tea\nmi").hear()
    anna.send(b"so").hear()
    clock.send(b"8.0\n")
    anna.send(b"up\n").hear()
    ben.send(b"half ").hear()
    clock.send(b"2.0\n")
    cleo.hear()
    anna.hear()
    clock.send(b"4.0\n")
    ben.send(b"a ").hear()
    clock.send(b"4.0\n")
    ben.hear()


def kelp(server):
    """Two begin a line behind a newline, and one of them goes on with it."""
    clock = server.connect("clock")
    anna, ben, cleo = [server.connect(name) for name in ("anna", "ben", "cleo")]
    anna.send(b"soup\nbr").hear()
    ben.send(b"te").hear()
    clock.send(b"5.0\n")
    ben.send(b"a\n").hear()
    cleo.send(b"ca").hear()
    clock.send(b"5.0\n")
    ben.hear()
    anna.hear()
    anna.send(b"ead\n").hear()
    clock.send(b"5.0\n")
    cleo.hear()
    ben.send(b"milk\n").hear()
    clock.send(b"15.0\n")
    anna.hear()
    ben.hear()


def lark(server):
    """One dribbles, one is slow and whole in time, one says nothing."""
    clock = server.connect("clock")
    slow, loris, anna = [server.connect(name) for name in ("slow", "loris", "anna")]
    loris.send(b"h").hear()
    slow.send(b"soup\nbr").hear()
    clock.send(b"5.0\n")
    loris.send(b"e").hear()
    slow.send(b"ead\n").hear()
    clock.send(b"5.0\n")
    slow.hear()
    loris.hear()
    clock.send(b"4.0\n")
    loris.send(b"llo\n").hear()
    clock.send(b"16.0\n")
    anna.hear()
    slow.hear()
