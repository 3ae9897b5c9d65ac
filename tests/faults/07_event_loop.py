"""Runs of loops of exercise 07, for its task "find the fault".

On each loop stand puppets: handlers that do what their clients' lines say.
"""

from buckets.behaviour import Driver

# Loops that keep all promises. Whatever they do is what is due.
RIGHT = ("keyed_by_socket", "with_selectors")
STAGE = Driver("event_loop.play")

# What a learner may choose: the loop of a writer who believes that, and what that is.
BELIEFS = {
    "to_modify_is_to_add": (
        "modify_only_adds",
        "modify() adds what is asked for, and unregister() takes out",
    ),
    "handlers_do_not_fail": (
        "an_exception_ends_the_loop",
        "handlers do not raise, so nothing need be caught",
    ),
    "to_catch_is_enough": (
        "swallows_what_goes_wrong",
        "an exception that is caught has done no harm, and all goes on as before",
    ),
    "to_tell_is_enough": (
        "tells_who_raised_but_keeps_it",
        "a handler that has raised is told so, and closes its own socket",
    ),
    "an_end_needs_no_word": (
        "an_end_takes_the_handler_out",
        "at the end of file a handler is taken out, and need not be told",
    ),
    "an_end_is_a_read": (
        "an_end_is_an_empty_read",
        "the end of file is a read like any other, of no bytes",
    ),
    "the_door_has_failed": (
        "the_door_pays_for_a_newcomer",
        "when handle_accept() raises, the door is broken",
    ),
}

# Of each run: the belief that its loop's writer holds, and others to choose from.
RUNS = {
    "grove": (
        "to_modify_is_to_add",
        "handlers_do_not_fail to_catch_is_enough to_tell_is_enough an_end_is_a_read",
    ),
    "heath": (
        "to_tell_is_enough",
        "handlers_do_not_fail to_catch_is_enough the_door_has_failed"
        " an_end_needs_no_word",
    ),
    "iris": (
        "an_end_needs_no_word",
        "an_end_is_a_read to_catch_is_enough to_tell_is_enough to_modify_is_to_add",
    ),
}
# What only a grader knows.
WITHHELD = {"iris"}
# Whose code is handed to whoever has found its fault, and the task that mends it.
MENDS = {"grove": "MendedLoop"}


def puppets(server, *names):
    """Clients whose puppets know their names."""
    clients = [server.connect(name) for name in names]
    for name, client in zip(names, clients, strict=True):
        client.send(b"name %s\n" % name.encode()).hear()
    return clients


def grove(server):
    """One raises, one finishes, one is muted."""
    wil, anna, ben, cleo = puppets(server, "wil", "anna", "ben", "cleo")
    wil.send(b"watch\n").hear()
    ben.send(b"spill read\n").hear()
    wil.hear()
    cleo.half_close().hear()
    wil.send(b"mute anna\n").hear()
    anna.send(b"say hi\n").hear()
    wil.send(b"unmute anna\n").hear()
    anna.hear()
    wil.send(b"say well\n").hear()


def heath(server):
    """A newcomer meets a door that slips, and one raises."""
    wil, anna, ben = puppets(server, "wil", "anna", "ben")
    wil.send(b"watch\n").hear()
    anna.send(b"slip\n").hear()
    eve = server.connect("eve")
    eve.hear()
    wil.hear()
    anna.send(b"spill read\n").hear()
    wil.hear()
    ben.send(b"say hi\n").hear()
    ben.half_close().hear()
    finn = server.connect("finn")
    finn.send(b"say hello\n").hear()
    anna.hear()


def iris(server):
    """One raises, and one has finished and stays for what is still to be said."""
    wil, anna, ben = puppets(server, "wil", "anna", "ben")
    wil.send(b"watch\n").hear()
    anna.send(b"spill read\n").hear()
    wil.hear()
    wil.send(b"mute ben\n").hear()
    ben.send(b"stay\n").hear()
    wil.send(b"unmute ben\n").hear()
    ben.hear()
    ben.half_close().hear()
    wil.hear()
    wil.send(b"say well\n").hear()
