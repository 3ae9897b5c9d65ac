"""Harder variants of exercise 15's tests, for grading only.

Each guards the points of a visible test and promises nothing new: random
content, other errors, and coincidences that meet a frozen server in one look.
"""

from functools import partial

from buckets.behaviour import behaviour
from buckets.conditions import Mishap
from buckets.driving.clients import Dribbler
from buckets.driving.expect import (
    expect_cut,
    expect_ending,
    expect_fewer_descriptors,
    expect_rest,
)
from buckets.driving.seed import dice, random_line
from buckets.driving.topics.connecting_out import numbered
from buckets.driving.topics.faults import (
    ASKED,
    LONG_ANSWER,
    SMALL,
    Monitor,
    Slow,
    Visitor,
    ends,
    expect_all_let_go,
    expect_all_taken,
    guest,
    heir_of,
    serve_by_the_clock,
    serve_monitored,
    serve_with_heir,
)
from buckets.driving.topics.find_the_fault import answer_once, expect_named
from buckets.driving.topics.housekeeping import wind

PAUSE = 1  # seconds, as in the notebook
IDLE = 30
WHOLE = 10
MOST = 10
EACH = 4
DRAIN = 5

holds_out = partial(behaviour, "hold_out", driver=serve_by_the_clock)
limits = partial(behaviour, "hold_limits", driver=serve_by_the_clock)
drains = partial(behaviour, "drain", driver=serve_by_the_clock)
hands_over = partial(behaviour, "hand_over", driver=serve_with_heir)
monitors = partial(
    behaviour, "monitored", driver=serve_monitored, outward=True
)


# What task 1 promises, and the others as well --------------------------------

FAILING = (
    Mishap("accept", times=1, error="EAGAIN"),
    Mishap("accept", at=2, times=1, error="ECONNABORTED"),
    Mishap("recv", times=1, error="ENOBUFS"),
    Mishap("recv", at=2, times=1, error="EINTR"),
    Mishap("send", times=1, error="EAGAIN"),
)
SHORT_AS_WELL = (*FAILING, Mishap("accept", at=3, times=1, error="ENFILE"))


def meets_failures(server):
    """One guest, who is in when each kind of call has failed."""
    expect_cut(server.connect("cleo").send(b"bread\n"))
    return guest(server, "anna")


def meets_shortage(server, clock):
    """The same, where the first one waits at the door for a while."""
    cleo = server.connect("cleo").send(b"bread\n")
    expect_rest(server)
    cleo.expect_silence()
    clock.moves(PAUSE)
    expect_cut(cleo)
    return guest(server, "anna")


# hold_out --------------------------------------------------------------------


@holds_out(
    needs="a_flag_is_a_hint",
    hardens="lines_are_answered a_flag_is_a_hint",
    suspects="M04",
    mishaps=(Mishap("send", most=1), Mishap("recv", most=2)),
)
def test_all_goes_in_drops(server):
    """though each call takes a byte or two, every line has its answer"""
    wind(server)
    chance = dice(server)
    crowd = [server.connect(f"guest {number}") for number in range(5)]
    lines = [random_line(chance).strip() for _ in crowd]
    for one, line in zip(crowd, lines, strict=True):
        one.send(line + b"\n")
    for one, line in zip(crowd, lines, strict=True):
        one.expect(line.upper() + b"\n")
    crowd[0].send(b"60\n").expect(numbered(480))
    expect_rest(server)


@holds_out(
    needs="out_of_means_it_pauses",
    hardens="out_of_means_it_pauses",
    suspects="M17 M222",
    mishaps=(
        Mishap("accept", times=1, error="ENOMEM"),
        Mishap("accept", at=2, times=1, error="EMFILE"),
        Mishap("accept", at=3, times=1, error="ECONNABORTED"),
    ),
)
def test_any_lack_of_means_passes(server):
    """the first one that comes finds no memory, and then no descriptor"""
    clock = wind(server)
    crowd = [server.connect(f"guest {number}") for number in range(4)]
    for one in crowd:
        one.send(b"tea\n")
    for _ in range(2):
        clock.expect_sleep(PAUSE)
        crowd[0].expect_silence()
        clock.moves(PAUSE)
    for one in crowd:
        one.expect(b"TEA\n")
    clock.expect_sleep(None)


@holds_out(
    needs="a_failure_is_one_connections_own",
    hardens="a_failure_is_one_connections_own",
    suspects="M10",
)
def test_many_vanish_in_one_look(server):
    """several vanish in one moment, and the others are answered in it"""
    wind(server)
    anna, ben = guest(server, "anna"), guest(server, "ben")
    ghosts = [guest(server, f"ghost {number}") for number in range(6)]
    with server.frozen():
        for ghost in ghosts:
            ghost.send(b"5000\n").reset()
        anna.send(b"bread\n")
        ben.half_close()
    anna.expect(b"BREAD\n")
    ben.expect_eof()
    expect_rest(server)
    guest(server, "cleo")


# hold_limits -----------------------------------------------------------------


@limits(
    needs="who_takes_sips_stays",
    hardens="who_takes_sips_stays who_takes_nothing_is_closed",
    suspects="M223",
)
def test_one_sips_and_one_does_not(server):
    """of two with the same answer on its way, the one that sips stays"""
    clock = wind(server)
    stays = server.connect("slow", Slow, receive_buffer=SMALL)
    goes = server.connect("slow 2", Slow, receive_buffer=SMALL)
    stays.send(b"%d\n" % ASKED)
    goes.send(b"%d\n" % ASKED)
    clock.moves(1)
    with expect_all_let_go(server, 1):
        for start in range(0, 12 * SMALL, SMALL):
            stays.sips(LONG_ANSWER[start : start + SMALL])
            clock.moves(IDLE / 2)
    stays.expect(LONG_ANSWER[12 * SMALL :])
    stays.send(b"and now\n").expect(b"AND NOW\n")


@limits(
    needs="the_house_is_full",
    hardens="the_house_is_full",
    suspects="M225",
    mishaps=(Mishap("accept", at=MOST, times=1, error="EMFILE"),),
)
def test_full_and_out_of_means(server):
    """a pause that ends does not open a house that is full"""
    clock = wind(server)
    # In one look: whoever calls accept() until "not now" has as many calls.
    with server.frozen():
        hosts = [f"127.0.0.{number + 2}" for number in range(MOST + 2)]
        guests = [
            server.connect(f"guest {number}", Visitor, host=host)
            for number, host in enumerate(hosts)
        ]
        for one in guests:
            one.send(b"tea\n")
    for _ in range(3):
        clock.moves(PAUSE)
    for one in guests[:MOST]:
        one.expect(b"TEA\n")
    expect_rest(server)
    guests[MOST].expect_silence()
    with server.frozen():
        guests[0].close()
        guests[1].reset()
    guests[MOST].expect(b"TEA\n")
    guests[MOST + 1].expect(b"TEA\n")


@limits(
    needs="a_line_in_drops_has_a_deadline",
    hardens="a_line_in_drops_has_a_deadline",
    suspects="M20",
)
def test_ten_in_drops(server):
    """several send drops, and each has its own time"""
    clock = wind(server)
    crowd = []
    for number in range(3):
        crowd.append(server.connect(f"guest {number}", Dribbler).send(b"h"))
        clock.moves(2)
    for one in crowd:
        one.send(b"el")
    clock.moves(3.5)
    for one in crowd:
        one.expect_silence()
    clock.moves(0.5)
    crowd[0].expect_eof()
    crowd[1].send(b"lo\n").expect(b"HELLO\n")
    clock.moves(4)
    crowd[2].expect_eof()
    crowd[1].send(b"still here\n").expect(b"STILL HERE\n")


@limits(
    needs="a_line_in_drops_has_a_deadline",
    hardens="a_line_in_drops_has_a_deadline",
    suspects="M92",
)
def test_a_line_may_begin_late(server):
    """who has begun no line has more time than WHOLE"""
    clock, anna = wind(server), server.connect("anna")
    ben = guest(server, "ben")
    clock.moves(WHOLE + 1)
    for one, line in (anna, b"bread"), (ben, b"tea"):
        one.expect_silence()
        one.send(line + b"\n").expect(line.upper() + b"\n")
    clock.moves(WHOLE + 1)
    anna.send(b"ham\n").expect(b"HAM\n")
    ben.expect_silence()


@limits(
    needs="who_is_silent_is_closed",
    hardens="who_is_silent_is_closed",
    suspects="M10 M17",
    mishaps=SHORT_AS_WELL,
)
def test_calls_fail_with_limits(server):
    """calls fail as in task 1, and who has limits goes on as well"""
    anna = meets_shortage(server, wind(server))
    guest(server, "ben")
    anna.send(b"ham\n").expect(b"HAM\n")
    expect_rest(server)


@limits(
    needs="one_address_is_one_guest",
    hardens="the_house_is_full one_address_is_one_guest",
    suspects="M225 M59",
)
def test_a_place_is_free_again(server):
    """who hears busy has no place, and who leaves in any way gives it back"""
    clock, host = wind(server), "127.0.0.2"
    kept = "keeps the connections of those whom it has told busy"
    # Some more may be open by then; not one for each of those.
    with expect_fewer_descriptors(server, -EACH, kept):
        expect_places(server, clock, host)
    for number in range(EACH):
        late = server.connect(f"late {number}", Visitor, host=host)
        late.send(b"soup\n").expect(b"SOUP\n")


def expect_places(server, clock, host):
    """Guests from one address, and too many; all are gone in the end."""
    crowd = [
        server.connect(f"guest {number}", Visitor, host=host)
        for number in range(EACH)
    ]
    for one in crowd:
        one.send(b"tea\n").expect(b"TEA\n")
    for number in range(MOST):
        greedy = server.connect(f"greedy {number}", Visitor, host=host)
        greedy.expect_next(b"busy\n").expect_eof().close()
    anna = guest(server, "anna")
    # On a busy machine a reset comes later than what another one has sent.
    kept = "keeps the connection of a guest who has vanished"
    with expect_fewer_descriptors(server, 1, kept):
        crowd[0].reset()
    anna.send(b"bread\n").expect(b"BREAD\n")
    last = server.connect("last", Visitor, host=host)
    last.send(b"now?\n").expect(b"NOW?\n")
    for _ in range(2):
        clock.moves(IDLE + 1)
    for one in (*crowd[1:], anna, last):
        one.expect_eof()


# drain -----------------------------------------------------------------------


@drains(
    needs="what_has_begun_is_finished",
    hardens="what_has_begun_is_finished the_end_has_a_limit",
    suspects="M227",
    mishaps=(Mishap("accept", at=3, times=1, error="ENFILE"),),
)
def test_the_end_comes_in_a_pause(server):
    """the end comes while it is out of means: the door stays closed"""
    clock = wind(server)
    # In one look: whoever calls accept() until "not now" has as many calls.
    with server.frozen():
        names = ("anna", "ben", "late")
        anna, ben, late = (server.connect(name) for name in names)
        ben.send(b"hal")
        anna.send(b"tea\n")
    anna.expect(b"TEA\n")
    clock.expect_sleep(PAUSE)
    clock.moves(PAUSE / 2)
    ends(server)
    anna.expect_eof()
    later = server.connect("later").send(b"me, too\n")
    clock.moves(2 * PAUSE)
    late.expect_silence()
    later.expect_silence()
    ben.send(b"f a line\n").expect(b"HALF A LINE\n").expect_eof()
    expect_ending(server, "returned")


@drains(
    needs="what_lies_unread_is_answered",
    hardens="what_lies_unread_is_answered",
    suspects="M228",
)
def test_several_lie_unread(server):
    """with SIGTERM come lines, a half one, a goodbye and a reset"""
    wind(server)
    names = ("anna", "ben", "cleo", "dora", "ghost")
    anna, ben, cleo, dora, ghost = (guest(server, name) for name in names)
    with server.frozen():
        anna.send(b"one\ntwo\n")
        ben.send(b"hal")
        cleo.send(b"bye\n").half_close()
        ghost.send(b"boo\n").reset()
        ends(server)
    anna.expect(b"ONE\nTWO\n").expect_eof()
    cleo.expect(b"BYE\n").expect_eof()
    dora.expect_eof()
    ben.expect_silence()
    ben.send(b"f\n").expect(b"HALF\n").expect_eof()
    expect_ending(server, "returned")


@drains(
    needs="what_lies_unread_is_answered",
    hardens="what_lies_unread_is_answered",
    suspects="M228",
    buffers=SMALL,
)
def test_a_line_lies_behind_a_long_answer(server):
    """who still reads an answer has asked again, and is not read from yet"""
    wind(server)
    anna = guest(server, "anna")
    slow = server.connect("slow", Slow, receive_buffer=SMALL)
    slow.send(b"%d\n" % ASKED).sips(LONG_ANSWER[:SMALL])
    slow.send(b"one more\n")
    server.barrier(b"tea\n", b"TEA\n")
    ends(server)
    anna.expect_eof()
    slow.expect(LONG_ANSWER[SMALL:] + b"ONE MORE\n").expect_eof()
    expect_ending(server, "returned")


@drains(
    needs="it_ends_when_nobody_has_anything_open",
    hardens="it_ends_when_nobody_has_anything_open",
    suspects="M10 M17",
    mishaps=SHORT_AS_WELL,
)
def test_calls_fail_before_the_end(server):
    """calls fail as in task 1, and later the end comes when nobody is in"""
    anna = meets_shortage(server, wind(server))
    anna.half_close().expect_eof()
    expect_rest(server)
    ends(server)
    expect_ending(server, "returned")


@drains(
    needs="what_has_begun_is_finished",
    hardens="what_has_begun_is_finished",
    suspects="M227",
)
def test_all_have_something_open(server):
    """the door closes at the signal, though nobody leaves then"""
    wind(server)
    ben = guest(server, "ben").send(b"hal")
    server.barrier(b"tea\n", b"TEA\n")
    expect_rest(server)
    ends(server)
    expect_rest(server)
    with server.frozen():
        late = server.connect("late").send(b"me, too\n")
    expect_rest(server)
    late.expect_silence()
    ben.send(b"f a line\n").expect(b"HALF A LINE\n").expect_eof()
    expect_ending(server, "returned")


# hand_over -------------------------------------------------------------------


@hands_over(
    needs="nobody_is_lost_over_the_change",
    hardens="the_successor_has_the_door nobody_is_lost_over_the_change",
    suspects="M227 M224",
)
def test_one_after_the_other_over_the_change(server):
    """clients come one after the other, and the change is in their midst"""
    heir, _ = heir_of(server), wind(server)
    for number in range(10):
        guest(server, f"guest {number}").close()
    ben = guest(server, "ben").send(b"hal")
    server.barrier(b"tea\n", b"TEA\n")
    # Before that, the old one may let in a guest who has nothing open yet.
    heir.asks().expect_door()
    for number in range(20):
        guest(server, f"late guest {number}")
    ends(server)
    expect_cut(ben)
    heir.expect_returned()
    guest(server, "anna")


@hands_over(
    needs="the_successor_has_the_door",
    hardens="the_successor_has_the_door",
)
def test_the_change_comes_when_nobody_is_in(server):
    """the listener goes over though nobody is in, and who comes is served"""
    heir, _ = heir_of(server), wind(server)
    guest(server, "anna").half_close().expect_eof()
    heir.asks().expect_door().expect_returned()
    guest(server, "ben")


@hands_over(
    needs="the_successor_has_the_door",
    hardens="the_successor_has_the_door",
    suspects="M229",
)
def test_the_change_has_a_limit(server):
    """DRAIN seconds after the change it returns, whoever is left"""
    heir, clock = heir_of(server), wind(server)
    anna = guest(server, "anna")
    ben = guest(server, "ben").send(b"hal")
    server.barrier(b"tea\n", b"TEA\n")
    heir.asks().expect_door()
    anna.expect_eof()
    clock.moves(DRAIN - 0.5)
    ben.send(b"f a li").expect_silence()
    clock.passes(0.5)
    expect_cut(ben)
    heir.expect_returned()


@hands_over(
    needs="no_successor_comes",
    hardens="no_successor_comes",
    suspects="M226 M10 M17",
    mishaps=FAILING,
)
def test_the_end_comes_and_no_successor(server):
    """calls fail as in task 1, no successor comes, and SIGTERM is heard"""
    heir, _ = heir_of(server), wind(server)
    anna = meets_failures(server)
    heir.never_comes().expect_old_stays(server)
    ends(server)
    anna.expect_eof()
    heir.expect_returned()


# monitored -------------------------------------------------------------------


@monitors(
    needs="a_visitor_hears_who_is_in",
    hardens="a_visitor_hears_who_is_in visitors_hold_nobody",
    suspects="M17 M220",
    mishaps=(
        Mishap("accept", times=1, error="EAGAIN"),
        Mishap("accept", at=2, times=1, error="ECONNABORTED"),
        Mishap("accept", at=3, times=1, error="EMFILE"),
    ),
)
def test_out_of_means_at_the_monitor(server):
    """accept() fails at the monitor, too, and a report comes later"""
    monitor = Monitor(server)
    clock, visitor = wind(server), monitor.visited()
    clock.expect_sleep(PAUSE)
    visitor.expect_silence()
    clock.moves(PAUSE)
    visitor.hears({})
    anna = guest(server, "anna")
    expect_all_taken(anna)
    monitor.visited().hears({anna: 0})
    expect_rest(server)


@monitors(
    needs="a_visitor_hears_who_is_in",
    hardens="a_visitor_hears_who_is_in visitors_hold_nobody",
    suspects="M10 M17",
    mishaps=SHORT_AS_WELL,
)
def test_calls_fail_with_a_monitor(server):
    """calls fail as in task 1, and a visitor hears of whoever is in"""
    monitor = Monitor(server)
    anna = meets_shortage(server, wind(server))
    ben = guest(server, "ben").send(b"hal")
    anna.send(b"ham\n").expect(b"HAM\n")
    server.barrier(b"tea\n", b"TEA\n")
    expect_rest(server)
    expect_all_taken(anna, ben)
    monitor.visited().hears({anna: 0, ben: 0})


@monitors(
    needs="the_slowest_call_is_told",
    hardens="a_visitor_hears_who_is_in the_slowest_call_is_told",
    suspects="M14",
)
def test_many_are_in(server):
    """many are in, some leave at a time, and a visitor hears of the rest"""
    monitor = Monitor(server)
    clock, chance = wind(server), dice(server)
    crowd = [guest(server, f"guest {number}") for number in range(16)]
    chance.shuffle(crowd)
    times = chance.sample(range(1, 40), len(crowd))
    for one, seconds in zip(crowd, times, strict=True):
        one.send(b"gold %d.25\n" % seconds).expect(b"GOLD %d.25\n" % seconds)
        clock.moves(chance.randrange(1, 90))
    longest = max(times)
    slowest = crowd[times.index(longest)], longest + 0.25
    stay, leave = crowd[:10], crowd[10:]
    with server.frozen():
        for one in leave[:3]:
            one.half_close()
        for one in leave[3:]:
            one.reset()
        stay[0].send(b"hal")
    # A round trip later the loop has seen to all of that.
    stay[1].send(b"tea\n").expect(b"TEA\n")
    for one in leave[:3]:
        one.expect_eof()
    server.barrier(b"ham\n", b"HAM\n")
    guest(server, "late").half_close().expect_eof()
    expect_all_taken(*stay)
    monitor.visited().hears(dict.fromkeys(stay, 0), slowest=slowest)


# faults_of_houses ------------------------------------------------------------


@behaviour(
    "faults_of_houses",
    needs="an_answer_for_umber",
    hardens="an_answer_for_umber",
    suspects="M180 M181",
    driver=answer_once,
    recorded=False,
)
def test_the_fault_of_umber(server):
    """says what is wrong in umber: the line, and the belief"""
    expect_named(server, "umber")
