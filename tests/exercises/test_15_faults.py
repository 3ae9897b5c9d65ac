"""What exercise 15 promises, tested with real clients on real sockets.

The clock stands still until a client of its own, `clock`, moves it, as in
exercise 09: no limit is ever waited for. Some calls of the server fail, or
take only a part, because a test wants it so; the story says which. The signal
that ends a server is sent as the system sends it.
"""

from functools import partial

from buckets.behaviour import behaviour
from buckets.conditions import Mishap
from buckets.driving.clients import Dribbler, Ghost
from buckets.driving.expect import (
    expect_alone,
    expect_cut,
    expect_ending,
    expect_rest,
)
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
    expect_served_or_let_go,
    guest,
    heir_of,
    passes,
    serve_by_the_clock,
    serve_high,
    serve_monitored,
    serve_with_heir,
)
from buckets.driving.topics.find_the_fault import (
    answer_once,
    expect_committed,
    expect_named,
)
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


# hold_out: calls that fail ---------------------------------------------------


@holds_out(points=1, suspects="M01")
def test_lines_are_answered(server):
    """every line is answered, in drops or in one, by one process"""
    wind(server)
    anna = server.connect("anna", Dribbler)
    ben = server.connect("ben").send(b"one\n3\nth")
    ben.expect(b"ONE\n0000000\n0000001\n0000002\n")
    anna.send(b"soup\n").expect(b"SOUP\n")
    ben.send(b"ree\n").expect(b"THREE\n")
    cleo = server.connect("cleo").send(b"that is all\nor")
    cleo.expect(b"THAT IS ALL\n").half_close().expect_eof()
    expect_alone(server)
    expect_rest(server)


@holds_out(
    points=1,
    needs="lines_are_answered",
    suspects="M220",
    mishaps=(
        Mishap("accept", times=1, error="EAGAIN"),
        Mishap("recv", times=1, error="EAGAIN"),
        Mishap("recv", at=2, times=1, error="EINTR"),
        Mishap("send", times=2, error="EAGAIN"),
        Mishap("send", at=3, times=4, most=1),
    ),
)
def test_a_flag_is_a_hint(server):
    """a call that says "not now", or takes a byte, costs nobody anything"""
    wind(server)
    anna = guest(server, "anna", b"a long line")
    guest(server, "ben", b"another")
    anna.send(b"12\n").expect(numbered(96))
    expect_rest(server)


@holds_out(
    points=1,
    needs="lines_are_answered",
    suspects="M10",
    mishaps=(
        Mishap("recv", times=1, error="ENOBUFS"),
        Mishap("send", times=1, error="ETIMEDOUT"),
    ),
)
def test_a_failure_is_one_connections_own(server):
    """an error of recv() or send() ends that connection, and no other"""
    wind(server)
    expect_cut(server.connect("cleo").send(b"bread\n"))
    expect_cut(server.connect("emil").send(b"tea\n"))
    anna, ben = guest(server, "anna"), guest(server, "ben")
    server.connect("ghost", Ghost).send(b"ham\nhal").close()
    for one in anna, ben:
        one.send(b"still here\n").expect(b"STILL HERE\n")
    expect_rest(server)


@holds_out(
    points=1,
    needs="lines_are_answered",
    suspects="M221",
    mishaps=(Mishap("accept", times=2, error="ECONNABORTED"),),
)
def test_who_is_gone_at_the_door_costs_nothing(server):
    """accept() fails for one who is gone, and the next is let in at once"""
    wind(server)
    # Frozen: she has connected and spoken before a server can die of accept().
    with server.frozen():
        anna = server.connect("anna").send(b"soup\n")
    anna.expect(b"SOUP\n")
    guest(server, "ben")
    anna.send(b"bread\n").expect(b"BREAD\n")
    expect_rest(server)


@holds_out(
    points=1,
    needs="lines_are_answered",
    suspects="M17 M222",
    mishaps=(
        Mishap("accept", at=3, times=1, error="ENOBUFS"),
        Mishap("accept", at=4, times=1, error="ENFILE"),
    ),
)
def test_out_of_means_it_pauses(server):
    """out of means, it leaves the door alone for PAUSE seconds, and rests"""
    clock = wind(server)
    # In one look: whoever calls accept() until "not now" has as many calls.
    with server.frozen():
        names = ("anna", "dora", "ben")
        anna, dora, ben = (server.connect(name) for name in names)
        for one in anna, dora, ben:
            one.send(b"tea\n")
    anna.expect(b"TEA\n")
    dora.expect(b"TEA\n")
    clock.expect_sleep(PAUSE)
    dora.half_close().expect_eof()  # which ends no pause
    anna.send(b"bread\n").expect(b"BREAD\n")
    ben.expect_silence()
    clock.moves(PAUSE / 2).expect_sleep(PAUSE / 2)
    # It fails once more, for another reason.
    clock.moves(PAUSE / 2).expect_sleep(PAUSE)
    ben.expect_silence()
    clock.moves(PAUSE).expect_sleep(None)
    ben.expect(b"TEA\n")
    guest(server, "cleo")
    anna.send(b"ham\n").expect(b"HAM\n")


@holds_out(
    points=1,
    needs="lines_are_answered",
    suspects="M17 M222",
    descriptors=40,
)
def test_more_clients_than_descriptors(server):
    """more clients come than there are descriptors, and all have their turn"""
    clock, anna = wind(server), guest(server, "anna")
    crowd = server.mob(60, "guest").members
    expect_rest(server)
    anna.send(b"bread\n").expect(b"BREAD\n")
    for one in crowd[:50]:
        one.close()
    for _ in range(4):
        clock.moves(PAUSE)
    for one in crowd[50:]:
        one.send(b"tea\n").expect(b"TEA\n")
    anna.send(b"ham\n").expect(b"HAM\n")


@behaviour(
    "hold_out",
    points=1,
    needs="lines_are_answered",
    suspects="M16",
    driver=serve_high,
    descriptors=1100,
)
def test_a_number_too_high_is_let_go(server):
    """a descriptor above 1023 costs its client at most, and nobody else"""
    wind(server)
    anna = guest(server, "anna")
    for number in range(12):
        client = server.connect(f"guest {number}")
        expect_served_or_let_go(client, b"tea\n", b"TEA\n")
        anna.send(b"bread\n").expect(b"BREAD\n")
    expect_rest(server)


# hold_limits: nobody holds on for ever ---------------------------------------


@limits(points=1, suspects="M92 M84")
def test_who_is_silent_is_closed(server):
    """who makes no progress for IDLE seconds is closed, and nobody else"""
    clock, silent = wind(server), server.connect("silent")
    anna, ben = guest(server, "anna"), guest(server, "ben")
    for halves in range(5):
        passes(clock, IDLE / 2 - 1)
        if halves < 2:
            silent.expect_silence()
        ben.send(b"tea\n").expect(b"TEA\n")
        anna.send(b"bread\n").expect(b"BREAD\n")
    silent.expect_eof()
    expect_all_taken(anna, ben)
    passes(clock, IDLE - 1)
    ben.expect_silence()
    passes(clock, IDLE + 1)
    ben.expect_eof()
    anna.expect_eof()


@limits(
    points=2,
    needs="who_is_silent_is_closed",
    suspects="M223",
)
def test_who_takes_sips_stays(server):
    """a slow reader of a long answer stays, and may ask again afterwards"""
    clock = wind(server)
    slow = server.connect("slow", Slow, receive_buffer=SMALL)
    slow.send(b"%d\n" % ASKED)
    for start in range(0, 10 * SMALL, SMALL):
        slow.sips(LONG_ANSWER[start : start + SMALL])
        clock.moves(IDLE / 3)
    slow.expect(LONG_ANSWER[10 * SMALL :])
    slow.send(b"and now\n").expect(b"AND NOW\n")


@limits(
    points=1,
    needs="who_is_silent_is_closed",
    suspects="M223",
)
def test_who_takes_nothing_is_closed(server):
    """who takes nothing of an answer is closed, whatever lies in the kernel"""
    clock, anna = wind(server), guest(server, "anna")
    one = server.connect("slow", Slow, receive_buffer=SMALL)
    two = server.connect("slow 2", Slow, receive_buffer=SMALL)
    # One answer fits into the kernel's buffers, and the other does not.
    one.send(b"%d\n" % ASKED)
    two.send(b"%d\n" % (10 * ASKED))
    clock.moves(1)
    with expect_all_let_go(server, 2):
        # The kernel may find room for some more, a moment later.
        for _ in range(12):
            clock.moves(IDLE / 2)
            anna.send(b"bread\n").expect(b"BREAD\n")


@limits(
    points=1,
    suspects="M20",
)
def test_a_line_in_drops_has_a_deadline(server):
    """a line that has begun must be whole within WHOLE seconds"""
    clock = wind(server)
    loris = server.connect("loris", Dribbler).send(b"h")
    slow = server.connect("anna").send(b"so")
    for byte in b"ello ther":
        clock.moves(WHOLE / 10)
        loris.send(bytes([byte]))
    slow.send(b"up\nbre").expect(b"SOUP\n")
    clock.moves(WHOLE / 20)
    loris.expect_silence()
    clock.moves(WHOLE / 20)
    loris.expect_eof()
    clock.moves(WHOLE / 2)
    slow.send(b"ad\n").expect(b"BREAD\n")
    clock.moves(2 * WHOLE)
    # What comes behind a newline has begun as well.
    slow.send(b"ham\nso").expect(b"HAM\n")
    clock.moves(WHOLE / 2)
    slow.expect_silence()
    clock.moves(WHOLE / 2)
    slow.expect_eof()
    # Nothing is due any more for whoever has left.
    clock.moves(2 * IDLE)
    guest(server, "emil")


def visitor(server, number, host=""):
    """Somebody with an address of its own, who is at the door."""
    name, host = f"guest {number}", host or f"127.0.0.{number + 2}"
    return server.connect(name, Visitor, host=host)


@limits(
    points=2,
    suspects="M225",
)
def test_the_house_is_full(server):
    """while MOST clients are in, others wait at the door, and it rests"""
    wind(server)
    guests = [visitor(server, number) for number in range(MOST)]
    for one in guests:
        one.send(b"tea\n").expect(b"TEA\n")
    late = visitor(server, MOST)
    guests[0].send(b"soup\n").expect(b"SOUP\n")
    expect_rest(server)
    late.expect_silence()
    late.send(b"me, too\n")
    later = visitor(server, MOST + 1).send(b"and me\n")
    expect_rest(server)
    late.expect_silence()
    guests[1].close()
    late.expect(b"ME, TOO\n")
    later.expect_silence()
    guests[2].reset()
    later.expect(b"AND ME\n")
    guests[0].send(b"bread\n").expect(b"BREAD\n")


@limits(
    points=1,
    suspects="M225",
)
def test_one_address_is_one_guest(server):
    """from one address come EACH at a time, and the next hears busy"""
    wind(server)
    crowd = [visitor(server, number, "127.0.0.2") for number in range(EACH)]
    for one in crowd:
        one.send(b"tea\n").expect(b"TEA\n")
    greedy = server.connect("greedy", Visitor, host="127.0.0.2")
    greedy.expect_next(b"busy\n").expect_eof()
    guest(server, "anna")
    crowd[0].half_close().expect_eof()
    last = server.connect("last", Visitor, host="127.0.0.2")
    last.send(b"now?\n").expect(b"NOW?\n")
    crowd[1].send(b"soup\n").expect(b"SOUP\n")


# drain: the end --------------------------------------------------------------


@drains(points=1, suspects="M226 M227")
def test_it_ends_when_nobody_has_anything_open(server):
    """the signal wakes it; who has nothing open is closed, and it returns"""
    wind(server)
    anna, ben = guest(server, "anna"), guest(server, "ben")
    expect_rest(server)
    ends(server)
    anna.expect_eof()
    ben.expect_eof()
    expect_ending(server, "returned")


@drains(
    points=2,
    needs="it_ends_when_nobody_has_anything_open",
    suspects="M227",
    buffers=SMALL,
)
def test_what_has_begun_is_finished(server):
    """a line that has begun is finished and answered, and nobody is let in"""
    clock, anna = wind(server), guest(server, "anna")
    ben = guest(server, "ben").send(b"hal")
    slow = server.connect("slow", Slow, receive_buffer=SMALL)
    slow.send(b"%d\n" % ASKED).sips(LONG_ANSWER[:SMALL])
    server.barrier(b"tea\n", b"TEA\n")
    ends(server)
    anna.expect_eof()
    clock.moves(DRAIN / 4)
    late = server.connect("late")
    later = server.connect("later").send(b"me, too\n")
    clock.moves(DRAIN / 4)
    expect_rest(server)
    slow.expect(LONG_ANSWER[SMALL:]).expect_eof()
    late.expect_silence()
    later.expect_silence()
    ben.send(b"f a line\n").expect(b"HALF A LINE\n").expect_eof()
    expect_ending(server, "returned")


@drains(
    points=1,
    needs="it_ends_when_nobody_has_anything_open",
    suspects="M228",
)
def test_what_lies_unread_is_answered(server):
    """a line that came before SIGTERM is answered, though it was not read"""
    wind(server)
    anna, ben = guest(server, "anna"), guest(server, "ben")
    with server.frozen():
        anna.send(b"one more\n")
        ends(server)
    anna.expect(b"ONE MORE\n").expect_eof()
    ben.expect_eof()
    expect_ending(server, "returned")


@drains(points=1, suspects="M229")
def test_the_end_has_a_limit(server):
    """after DRAIN seconds it returns, whoever is left"""
    clock = wind(server)
    ben = guest(server, "ben").send(b"hal")
    server.barrier(b"tea\n", b"TEA\n")
    ends(server)
    expect_rest(server)
    clock.moves(DRAIN - 0.5)
    ben.send(b"f a li").expect_silence()
    clock.passes(0.5)
    expect_ending(server, "returned")


@drains(points=1, suspects="M229")
def test_the_second_one_cuts(server):
    """a second SIGTERM ends it at once"""
    wind(server)
    guest(server, "ben").send(b"hal")
    server.barrier(b"tea\n", b"TEA\n")
    ends(server)
    expect_rest(server)
    ends(server)
    expect_ending(server, "returned")


# hand_over: the successor ----------------------------------------------------


@hands_over(points=2, suspects="M227 M224")
def test_the_successor_has_the_door(server):
    """the listener goes over; who is in may finish, who comes is served"""
    heir, _ = heir_of(server), wind(server)
    anna = guest(server, "anna")
    ben = guest(server, "ben").send(b"hal")
    server.barrier(b"tea\n", b"TEA\n")
    heir.asks().expect_door()
    anna.expect_eof()
    cleo = guest(server, "cleo", b"who is there?")
    ben.send(b"f a line\n").expect(b"HALF A LINE\n").expect_eof()
    heir.expect_returned()
    cleo.send(b"still you?\n").expect(b"STILL YOU?\n")
    guest(server, "dora")


@hands_over(
    points=1,
    needs="the_successor_has_the_door",
    suspects="M228",
)
def test_nobody_is_lost_over_the_change(server):
    """who comes in the moment of the change is served, by one or the other"""
    heir, _ = heir_of(server), wind(server)
    anna = guest(server, "anna")
    with server.frozen():
        anna.send(b"one more\n")
        heir.asks()
        crowd = [server.connect(f"guest {number}") for number in range(8)]
        for number, one in enumerate(crowd):
            one.send(b"tea %d\n" % number)
    for number, one in enumerate(crowd):
        one.expect(b"TEA %d\n" % number)
    anna.expect(b"ONE MORE\n").expect_eof()
    heir.expect_door().expect_returned()
    guest(server, "ben")


@hands_over(points=1, needs="the_successor_has_the_door", suspects="M06")
def test_no_successor_comes(server):
    """an end, and no byte: it goes on, and rests"""
    heir, _ = heir_of(server), wind(server)
    anna = guest(server, "anna")
    heir.never_comes().expect_old_stays(server)
    anna.send(b"bread\n").expect(b"BREAD\n")
    expect_rest(server)
    guest(server, "ben")


# monitored: a door to look in ------------------------------------------------


@monitors(points=2, suspects="M14")
def test_a_visitor_hears_who_is_in(server):
    """a visitor hears who is in, and then the end; lines are answered"""
    monitor = Monitor(server)
    wind(server)
    monitor.visited().hears({})
    anna, ben = guest(server, "anna"), guest(server, "ben")
    cleo = guest(server, "cleo").send(b"hal")
    expect_all_taken(anna, ben, cleo)
    monitor.visited().hears({anna: 0, ben: 0, cleo: 0})
    ben.half_close().expect_eof()
    cleo.send(b"f a line\n").expect(b"HALF A LINE\n")
    expect_all_taken(anna, cleo)
    monitor.visited().hears({anna: 0, cleo: 0})
    expect_alone(server)
    expect_rest(server)


@monitors(
    points=1,
    needs="a_visitor_hears_who_is_in",
    suspects="M223",
)
def test_what_is_pending_is_told(server):
    """who takes nothing of an answer is owed it, wherever it lies"""
    monitor = Monitor(server)
    clock, anna = wind(server), guest(server, "anna")
    one = server.connect("slow", Slow, receive_buffer=SMALL)
    two = server.connect("slow 2", Slow, receive_buffer=SMALL)
    # One answer fits into the kernel's buffers, and the other does not.
    one.send(b"%d\n" % ASKED)
    two.send(b"%d\n" % (10 * ASKED))
    clock.moves(1)
    expect_all_taken(anna)
    owed = {anna: 0, one: len(LONG_ANSWER), two: 10 * len(LONG_ANSWER)}
    monitor.visited().hears(owed)
    one.expect(LONG_ANSWER)
    expect_all_taken(one)
    monitor.visited().hears({**owed, one: 0})


@monitors(
    points=1,
    needs="a_visitor_hears_who_is_in",
    suspects="M230 M84",
)
def test_the_slowest_call_is_told(server):
    """the slowest call is told, and whose it was; no wait is one"""
    monitor = Monitor(server)
    clock, anna = wind(server), guest(server, "anna")
    ben = guest(server, "ben")
    anna.send(b"gold 2\n").expect(b"GOLD 2\n")
    clock.moves(10)
    ben.send(b"gold 1\n").expect(b"GOLD 1\n")
    ben.send(b"gold 1.5\n").expect(b"GOLD 1.5\n")
    expect_all_taken(anna, ben)
    monitor.visited().hears({anna: 0, ben: 0}, slowest=(anna, 2))
    anna.half_close().expect_eof()
    monitor.visited().hears({ben: 0}, slowest=(anna, 2))
    ben.send(b"gold 2.5\n").expect(b"GOLD 2.5\n")
    expect_all_taken(ben)
    monitor.visited().hears({ben: 0}, slowest=(ben, 2.5))


@monitors(
    points=1,
    needs="a_visitor_hears_who_is_in",
    suspects="M10 M27",
)
def test_visitors_hold_nobody(server):
    """visitors who say nothing, who speak, and who are gone hold up nobody"""
    monitor = Monitor(server)
    wind(server)
    anna = guest(server, "anna")
    monitor.visited("silent")
    anna.send(b"bread\n").expect(b"BREAD\n")
    monitor.visited("talker").send(b"who are you?\n")
    anna.send(b"ham\n").expect(b"HAM\n")
    with server.frozen():
        monitor.visited("ghost").reset()
        anna.send(b"tea\n")
    anna.expect(b"TEA\n")
    expect_all_taken(anna)
    monitor.visited().hears({anna: 0})
    guest(server, "ben")
    expect_rest(server)


# faults_of_houses: recorded runs, and what is wrong in them ------------------

finds = partial(
    behaviour,
    "faults_of_houses",
    driver=answer_once,
    recorded=False,
)


@finds(points=1, suspects="M180 M181")
def test_the_fault_of_slate(server):
    """says what is wrong in slate: the line, and the belief"""
    expect_named(server, "slate")


@finds(points=1, suspects="M180 M181")
def test_the_fault_of_thyme(server):
    """says what is wrong in thyme: the line, and the belief"""
    expect_named(server, "thyme")


@finds(points=2, pends=True)
def test_an_answer_for_umber(server):
    """has an answer for umber, which is compared when it is handed in"""
    expect_committed(server, "umber")
