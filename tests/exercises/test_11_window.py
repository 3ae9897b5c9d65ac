"""What exercise 11 promises, tested with real clients on real sockets.

A server hangs in a loop that is not its own, and the loop ticks. So many ticks
lie between one event and the next: that is how a rhythm is judged, and not by
the clock. The first client, the window, hears the ticks, opens what was
written, and closes it.
"""

from functools import partial

from buckets.behaviour import behaviour
from buckets.driving.clients import (
    Dribbler,
    Ghost,
    Gulper,
    HalfCloser,
    Squatter,
    Talker,
)
from buckets.driving.expect import (
    expect_descriptors,
    expect_little_memory,
    expect_printed,
)
from buckets.driving.topics.event_loop import puppet, turned, watcher
from buckets.driving.topics.window import (
    SMALL,
    ask,
    expect_alone_in_window,
    expect_cut_off,
    expect_looks,
    expect_nothing_left,
    expect_rest_in_window,
    open_window,
    puppets_in_notebook,
    puppets_in_window,
    say_odd_lines,
    serve_in_notebook,
    serve_in_window,
    slow_reader,
    water,
)

LONG = 4_000_000
MUCH = 24 << 20
in_window = partial(behaviour, module="tkinter")


# look_in: after(), and a timeout of 0 --------------------------------------


looks = partial(in_window, "look_in", driver=serve_in_window)


@looks(points=1, suspects="M151")
def test_it_answers_and_the_window_ticks(server):
    """a line is answered, and the window ticks before and after it"""
    window = open_window(server)
    window.expect_ticks(5)
    anna = server.connect("anna")
    ask(anna, b"soup")
    window.expect_ticks(5)
    ask(anna, b"and more of it")
    expect_alone_in_window(server, window)


@looks(points=1, needs="it_answers_and_the_window_ticks", suspects="M150")
def test_silent_clients_stop_no_tick(server):
    """while a client is silent, or speaks in drops, the window ticks"""
    window = open_window(server)
    server.connect("silent", Squatter)
    dribbler = server.connect("dribbler", Dribbler).send(b"drip dr")
    window.expect_ticks(10)
    ask(server.connect("eager"), b"hello")
    dribbler.send(b"op\n").expect(b"DRIP DROP\n")
    gulper = server.connect("gulper", Gulper)
    gulper.send_glued([b"one\n", b"two\n", b"thr"]).expect(b"ONE\nTWO\n")
    window.expect_ticks(5)
    gulper.send(b"ee\n").expect(b"THREE\n")
    say_odd_lines(gulper)


@looks(
    points=1,
    needs="it_answers_and_the_window_ticks",
    suspects="M152",
    timing=True,
)
def test_it_looks_every_now_and_then(server):
    """it looks every 20 ms, and rests between two looks"""
    window = open_window(server)
    anna = server.connect("anna")
    ask(anna, b"hi")
    expect_looks(server, window, 20, anna)


@looks(points=1, needs="it_answers_and_the_window_ticks", suspects="M10")
def test_goodbyes_stop_no_tick(server):
    """clients who leave or vanish stop neither the ticks nor the others"""
    window = open_window(server)
    other, leaver = (
        server.connect("other"),
        server.connect("leaver", HalfCloser),
    )
    ghost, rude = [server.connect(n, Ghost) for n in ("ghost", "rude ghost")]
    for client in (other, ghost, rude):
        ask(client, b"hi")
    before = server.vitals().descriptors
    with server.frozen():
        leaver.send(b"bye\nand half a li")
        ghost.close()
        rude.send(b"boo\nboo\n").close()
    leaver.expect(b"BYE\n").expect_eof()
    window.expect_ticks(5)
    ask(other, b"still here")
    expect_descriptors(server, before - 2)
    ask(server.connect("newcomer"), b"me too")


@looks(
    points=1,
    needs="it_answers_and_the_window_ticks",
    suspects="M158",
    timing=True,
)
def test_closing_ends_the_looks(server):
    """closing ends the looks, closes the connections, and leaves nothing"""
    window = open_window(server)
    anna, silent = server.connect("anna"), server.connect("silent", Squatter)
    ask(anna, b"hi")
    ask(anna, b"hi again")
    window.closes()
    anna.expect_eof()
    silent.expect_eof()
    expect_nothing_left(server, window)


# Loops with watch(): flags in somebody else's loop -------------------------


strings = partial(in_window, "TkLoop", driver=puppets_in_window)


def speaks_in_turn(server):
    window = open_window(server)
    anna, ben = puppet(server, "anna"), puppet(server, "ben")
    ben.send(b"say one\n").expect(b"one\n")
    anna.send(b"say two\nsay three\n").expect(b"two\nthree\n")
    window.expect_ticks(5)
    ben.half_close().expect(b"goodbye\n").expect_eof()
    anna.send(b"say four\n").expect(b"four\n")


def asks_for_room(server):
    window = open_window(server)
    anna, silent = puppet(server, "anna"), puppet(server, "silent")
    anna.send(b"later one two three\n").expect(b"one\ntwo\nthree\n")
    anna.send(b"prompt silent hello\n")
    silent.expect(b"hello\n")
    expect_rest_in_window(server, window)
    anna.send(b"say on\n").expect(b"on\n")


def watches_anew(server):
    window = open_window(server)
    told = watcher(server)
    anna, ben = puppet(server, "anna"), puppet(server, "ben")
    anna.send(b"mute ben\n").expect(b"ben is muted\n")
    ben.send(b"mute ben\n")
    expect_rest_in_window(server, window)
    ben.expect_silence()
    # Both of ben's flags are up, and what he reads takes the other back.
    anna.send(b"prompt ben word\n")
    ben.expect(b"ben is muted\n")
    turned(server)
    ben.expect_silence()
    others = [anna, ben, puppet(server, "cleo")]
    # Each would close the others: whoever comes first has closed the rest.
    with server.frozen():
        for client in others:
            client.send(b"close others\n")
    told.expect(b"somebody closed all the others\n")
    window.expect_ticks(5)
    told.expect_silence()


def survives_what_is_raised(server):
    window = open_window(server)
    anna, ben = puppet(server, "anna"), puppet(server, "ben")
    ben.send(b"spill read\n")
    anna.send(b"say still here\n").expect(b"still here\n")
    ben.send(b"say nobody listens\n")
    cleo = puppet(server, "cleo")
    cleo.send(b"spill write\n")
    anna.send(b"say and here\n").expect(b"and here\n")
    expect_printed(server, "ben spilled it in handle_read")
    expect_printed(server, "cleo spilled it in handle_write")
    expect_rest_in_window(server, window)
    ben.expect_silence()
    anna.send(b"say and rested\n").expect(b"and rested\n")


@strings(points=1, suspects="M150")
def test_flags_are_seen_to(server):
    """whoever speaks is heard, in any order, and the window ticks on"""
    speaks_in_turn(server)


@strings(points=1, needs="flags_are_seen_to", suspects="M07", timing=True)
def test_room_is_told_of_when_it_is_asked_for(server):
    """room is told of when it is asked for, and then the loop rests"""
    asks_for_room(server)


@strings(points=1, needs="flags_are_seen_to", suspects="M155", timing=True)
def test_only_what_is_asked_for_now_is_called(server):
    """nothing is called that was asked for before, and is not any more"""
    watches_anew(server)


@strings(points=1, needs="flags_are_seen_to", suspects="M154", timing=True)
def test_what_is_raised_costs_one_socket(server):
    """what is raised is told, and costs one socket; the window ticks on"""
    survives_what_is_raised(server)


# The same in the notebook's loop -------------------------------------------


beside = partial(behaviour, "NotebookLoop", driver=puppets_in_notebook)


@beside(points=1, suspects="M150")
def test_flags_are_seen_to_in_the_notebook(server):
    """whoever speaks is heard, in any order, and the loop ticks on"""
    speaks_in_turn(server)


@beside(
    points=1,
    needs="flags_are_seen_to_in_the_notebook",
    suspects="M07",
    timing=True,
)
def test_room_is_told_of_in_the_notebook(server):
    """room is told of when it is asked for, and then the loop rests"""
    asks_for_room(server)


@beside(
    points=1,
    needs="flags_are_seen_to_in_the_notebook",
    suspects="M155",
    timing=True,
)
def test_only_what_is_asked_for_in_the_notebook(server):
    """nothing is called that was asked for before, and is not any more"""
    watches_anew(server)


@beside(
    points=1,
    needs="flags_are_seen_to_in_the_notebook",
    suspects="M154",
    timing=True,
)
def test_what_is_raised_in_the_notebook(server):
    """what is raised is told, and costs one socket; the loop ticks on"""
    survives_what_is_raised(server)


# on_window: a whole server -------------------------------------------------


house = partial(in_window, "on_window", driver=serve_in_window, buffers=SMALL)


@house(points=1, suspects="M150")
def test_lines_are_answered_between_ticks(server):
    """lines are answered, whole or in pieces, and the window ticks"""
    window = open_window(server)
    server.connect("silent", Squatter)
    anna, dribbler = (
        server.connect("anna"),
        server.connect("dribbler", Dribbler),
    )
    ask(anna, b"soup")
    dribbler.send(b"drip dr")
    window.expect_ticks(5)
    anna.send(b"one\ntwo\n30\nthr").expect(b"ONE\nTWO\n" + water(30))
    dribbler.send(b"op\n").expect(b"DRIP DROP\n")
    anna.send(b"ee\n").expect(b"THREE\n")
    say_odd_lines(anna)
    expect_alone_in_window(server, window)


@house(points=1, needs="lines_are_answered_between_ticks")
def test_a_hundred_at_once(server):
    """a hundred clients at once are all answered"""
    window = open_window(server)
    mob = server.mob(100)
    mob.send(lambda number: b"client %d\n" % number)
    mob.expect(lambda number: b"CLIENT %d\n" % number, backwards=True)
    window.expect_ticks(5)


@house(points=1, needs="lines_are_answered_between_ticks", suspects="M67")
def test_goodbyes_come_after_the_last_byte(server):
    """who has finished sending hears all answers, then the end"""
    window = open_window(server)
    halfcloser = server.connect("halfcloser", HalfCloser)
    with server.frozen():
        halfcloser.send(b"soup\n300000\nbread\nand half a li")
    halfcloser.expect(b"SOUP\n" + water(300_000) + b"BREAD\n").expect_eof()
    window.expect_ticks(5)
    ask(server.connect("newcomer"), b"me too")


@house(points=2, needs="lines_are_answered_between_ticks", suspects="M156")
def test_a_long_answer_stops_no_tick(server):
    """4 MB for a slow reader stop neither the ticks nor the others"""
    window = open_window(server)
    (slow, had), eager = (
        slow_reader(server, "slow", LONG),
        server.connect("eager"),
    )
    window.expect_ticks(10)
    ask(eager, b"hello")
    eager.send(b"50000\n").expect(water(50_000))
    window.expect_ticks(5)
    slow.expect(water(LONG)[had:])
    ask(slow, b"thank you")


@house(
    points=1, needs="a_long_answer_stops_no_tick", suspects="M07", timing=True
)
def test_it_rests_while_nobody_reads(server):
    """while nobody speaks and a slow one does not read, it rests"""
    window = open_window(server)
    anna, ghost = server.connect("anna"), server.connect("ghost", Ghost)
    ask(anna, b"hi")
    ask(ghost, b"hi")
    gone, _ = slow_reader(server, "gone", 600_000)
    before = server.vitals().descriptors
    with server.frozen():
        ghost.close()
        gone.reset()
    ask(anna, b"hi again")
    expect_descriptors(server, before - 2)
    server.connect("leaver").half_close().expect_eof()
    slow_reader(server, "slow", 600_000)
    finished, _ = slow_reader(server, "finished", 600_000)
    finished.half_close()
    expect_rest_in_window(server, window)


@house(points=1, needs="a_long_answer_stops_no_tick", suspects="M19")
def test_who_never_reads_fills_no_memory(server):
    """who asks for 100 MB and does not read fills no more than a few MB"""
    window = open_window(server)
    slow, _ = slow_reader(server, "slow", 1_000_000)
    with window.hushed(), expect_little_memory(server, MUCH):
        slow.send(b"1000000\n" * 100)
    window.expect_ticks(5)


@house(points=1, needs="lines_are_answered_between_ticks", suspects="M10 M37")
def test_who_vanishes_or_never_stops_stops_no_tick(server):
    """who vanishes, or talks without end, stops neither ticks nor others"""
    window = open_window(server)
    other, idle = server.connect("other"), server.connect("idle")
    ask(other, b"hi")
    ask(idle, b"hi")
    slow, _ = slow_reader(server, "slow", LONG)
    talkers = [server.connect(f"talker-{n}", Talker) for n in (1, 2)]
    with server.frozen():
        server.step_back()
        for talker, words in zip(
            talkers, (b"word\n" * 100, b"and "), strict=True
        ):
            talker.talk(words, most=256 << 20).until_full()
        slow.reset()
        idle.reset()
        other.send(b"hello\n")
    # Whom a server sees to before it is lost to a talker is chance; that it
    # ticks no more is not.
    window.expect_ticks(5)
    other.expect(b"HELLO\n")


@house(
    points=1,
    needs="lines_are_answered_between_ticks",
    suspects="M158",
    timing=True,
)
def test_closing_leaves_nothing(server):
    """closing it ends all connections, and leaves nothing in the loop"""
    closes_everything(server)


def closes_everything(server):
    window = open_window(server)
    anna, silent = server.connect("anna"), server.connect("silent", Squatter)
    ask(anna, b"hi")
    slow, had = slow_reader(server, "slow", LONG)
    with server.frozen():
        anna.send(b"one more\n")
        window.sends_close()
    window.expect_closed()
    silent.expect_eof()
    expect_cut_off(slow, LONG - had)
    expect_nothing_left(server, window)


# on_notebook: the same server, another loop --------------------------------


kernel = partial(
    behaviour, "on_notebook", driver=serve_in_notebook, buffers=SMALL
)


@kernel(points=1, suspects="M150")
def test_a_hundred_are_answered_in_the_notebook(server):
    """lines are answered, of one and of a hundred, and the loop ticks"""
    window = open_window(server)
    server.connect("silent", Squatter)
    dribbler = server.connect("dribbler", Dribbler).send(b"drip dr")
    mob = server.mob(100)
    mob.send(lambda number: b"client %d\n" % number)
    mob.expect(lambda number: b"CLIENT %d\n" % number, backwards=True)
    window.expect_ticks(5)
    dribbler.send(b"op\n").expect(b"DRIP DROP\n")
    expect_alone_in_window(server, window)


@kernel(
    points=1, needs="a_hundred_are_answered_in_the_notebook", suspects="M156"
)
def test_a_long_answer_in_the_notebook(server):
    """4 MB for a slow reader stop neither the ticks nor the others"""
    window = open_window(server)
    (slow, had), eager = (
        slow_reader(server, "slow", LONG),
        server.connect("eager"),
    )
    window.expect_ticks(10)
    ask(eager, b"hello")
    slow.half_close().expect(water(LONG)[had:]).expect_eof()
    window.expect_ticks(5)


@kernel(
    points=1,
    needs="a_hundred_are_answered_in_the_notebook",
    suspects="M07",
    timing=True,
)
def test_it_rests_in_the_notebook(server):
    """whoever leaves, vanishes or does not read, it rests without them"""
    window = open_window(server)
    anna, ghost = server.connect("anna"), server.connect("ghost", Ghost)
    ask(anna, b"hi")
    ask(ghost, b"hi")
    slow_reader(server, "slow", 600_000)
    gone, _ = slow_reader(server, "gone", 600_000)
    before = server.vitals().descriptors
    leaver = server.connect("leaver", HalfCloser)
    with server.frozen():
        ghost.close()
        gone.reset()
        leaver.send(b"bye\nand half a li")
        server.connect("silent").close()
    leaver.expect(b"BYE\n").expect_eof()
    ask(anna, b"hi again")
    expect_descriptors(server, before - 2)
    expect_rest_in_window(server, window)


@kernel(
    points=1,
    needs="a_hundred_are_answered_in_the_notebook",
    suspects="M158",
    timing=True,
)
def test_closing_in_the_notebook(server):
    """closing it ends all connections, and leaves nothing in the loop"""
    closes_everything(server)
