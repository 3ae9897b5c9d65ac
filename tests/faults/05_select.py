"""Runs of servers of exercise 05, for its task "find the fault".

Each function is a client of wrong_walker's kind, that looks at nothing: all servers,
right and wrong, meet the same steps.
"""

# Servers that keep all promises. Whatever they do is what is due.
RIGHT = ("dict_of_state", "with_selectors")

# What a learner may choose: the server of a writer who believes that, and what that is.
BELIEFS = {
    "recv_gives_a_line": (
        "answers_what_recv_gave",
        "what one recv() gives is one line",
    ),
    "one_buffer_will_do": (
        "one_buffer_for_all",
        "one buffer is enough for what is unfinished, whoever has sent it",
    ),
    "the_rest_can_go": (
        "drops_what_is_unfinished",
        "what follows the last newline need not be kept",
    ),
    "everybody_may_hear": (
        "tells_everybody",
        "an answer may go to all clients",
    ),
    "each_to_its_end": (
        "one_after_the_other",
        "a client is served to its end before the next one",
    ),
    "one_line_then_look_again": (
        "one_line_for_each_recv",
        "one line for each recv() is enough: the others stay in the buffer",
    ),
    "there_is_one_line": (
        "only_the_first_line",
        "only one line can have come: what stands behind it is dropped",
    ),
    "the_last_newline_counts": (
        "turns_glued_lines_as_one",
        "all bytes up to the last newline are one line",
    ),
    "one_answer_each": (
        "answers_each_client_once",
        "a client who has been answered need not be looked at again",
    ),
    "resets_do_not_happen": (
        "lets_a_reset_end_it",
        "a connection that is open cannot fail",
    ),
    "no_one_left_no_work": (
        "goes_home_when_all_have_left",
        "when the last client has left, the work is done",
    ),
}

# Of each run: the belief that its server's writer holds, and others to choose from.
RUNS = {
    "amber": (
        "one_buffer_will_do",
        "recv_gives_a_line the_rest_can_go everybody_may_hear each_to_its_end",
    ),
    "birch": (
        "one_line_then_look_again",
        "there_is_one_line the_last_newline_counts recv_gives_a_line the_rest_can_go",
    ),
    "cedar": (
        "one_answer_each",
        "resets_do_not_happen no_one_left_no_work the_rest_can_go each_to_its_end",
    ),
}
# What only a grader knows.
WITHHELD = {"cedar"}
# Whose code is handed to whoever has found its fault, and the task that mends it.
MENDS = {"amber": "mended_walker"}


def amber(server):
    """Two clients are in the middle of a line at the same time."""
    anna, ben = server.connect("anna"), server.connect("ben")
    ben.send(b"soup\n").hear()
    anna.send(b"half a ").hear()
    ben.hear()
    anna.send(b"line\n").hear()
    ben.send(b"two halves ").hear()
    anna.send(b"of ").hear()
    ben.send(b"one\n").hear()
    anna.send(b"bread\n").hear()
    ben.hear()


def birch(server):
    """Several lines in one segment, and what becomes of the later ones."""
    anna, ben = server.connect("anna"), server.connect("ben")
    anna.send(b"so").hear()
    anna.send(b"up\n").hear()
    ben.send(b"one\ntwo\n").hear()
    anna.send(b"bread\n").hear()
    ben.send(b"three\n").hear()
    ben.send(b"fo").hear()
    ben.send(b"ur\n").hear()
    anna.send(b"wine\n").hear()


def cedar(server):
    """Somebody asks twice, somebody vanishes, somebody leaves."""
    anna, ghost = server.connect("anna"), server.connect("ghost")
    anna.send(b"soup\n").hear()
    ben = server.connect("ben")
    ben.send(b"bre").hear()
    ben.send(b"ad\n").hear()
    ghost.send(b"boo\n").hear()
    anna.send(b"wine\n").hear()
    ghost.reset()
    cleo = server.connect("cleo")
    cleo.send(b"tea\n").hear()
    ben.half_close().hear()
    cleo.half_close().hear()
    anna.half_close().hear()
