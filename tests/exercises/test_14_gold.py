"""What exercise 14 promises, tested with work that lasts until a test ends it.

The work is a client of its own in each story: it hears of each call that
begins, and says how it ends. So "while gold is made" is an order of events,
and no test knows how long anything takes.
"""

from functools import partial

from buckets.behaviour import behaviour
from buckets.driving.clients import Gulper, Sipper
from buckets.driving.expect import (
    expect_alone,
    expect_rest,
    until_it_sleeps,
)
from buckets.driving.topics.find_the_fault import (
    answer_once,
    expect_committed,
    expect_named,
)
from buckets.driving.topics.gold import (
    ask,
    begin,
    expect_capitals,
    expect_seen_off,
    pull_strings,
    puller,
    serve_pieces,
    serve_work,
    turn_over,
)

SMALL = 65536  # bytes of the buffers of a slow reader's connection
LARGE = 4 << 20  # bytes of gold
MANY = 70_000  # bytes; a pipe has room for 65,536

FEW = 4  # pieces that may be made before a line is read, or an end is seen

pieces = partial(behaviour, "serve_in_pieces", driver=serve_pieces)
strings = partial(behaviour, "Wakeup", driver=pull_strings)
pools = partial(behaviour, "serve_gold", driver=serve_work)

# serve_in_pieces: gold on the loop -------------------------------------------


@pieces(points=1)
def test_gold_is_made_in_pieces(server):
    """gold is made, and all other lines are answered in capitals"""
    work = begin(server)
    anna = server.connect("anna")
    ask(anna, b"hello", b"HELLO")
    anna.send(b"gold ring\n")
    work.until_begun(b"ring").goes_on()
    work.until_begun(b"ring").returns(b"a ring")
    anna.expect(b"a ring\n")
    ask(anna, b"thanks", b"THANKS")


@pieces(points=2, needs="gold_is_made_in_pieces", suspects="M210")
def test_neighbours_come_between_pieces(server):
    """between two pieces, everybody whose line has come is served"""
    work = begin(server)
    anna, ben = server.connect("anna"), server.connect("ben")
    ask(ben, b"hello", b"HELLO")
    anna.send(b"gold ring\n")
    piece = work.until_begun(b"ring")
    ben.send(b"and now?\n")
    for _ in range(FEW):
        piece.goes_on()
        piece = work.until_begun(b"ring")
    ben.expect(b"AND NOW?\n")
    piece.returns(b"a ring")
    anna.expect(b"a ring\n")


@pieces(points=1, needs="gold_is_made_in_pieces", suspects="M201 M210")
def test_two_golds_take_turns(server):
    """of two golds, each gets a piece in turn"""
    work = begin(server)
    anna, ben = server.connect("anna"), server.connect("ben")
    ask(ben, b"hello", b"HELLO")
    anna.send(b"gold ring\n")
    first = work.until_begun(b"ring")
    ben.send(b"gold cup\n")
    expect_alone(server)
    first.goes_on()
    # When ben's line is read is the server's order.
    for _ in range(FEW):
        work.next_of(b"ring", b"cup").goes_on()
    one = work.next_of(b"ring", b"cup").goes_on().words
    other = b"cup" if one == b"ring" else b"ring"
    work.until_begun(other).goes_on()
    work.until_begun(one).goes_on()
    work.until_begun(other).returns(b"made")
    work.until_begun(one).returns(b"made")
    anna.expect(b"made\n")
    ben.expect(b"made\n")


@pieces(points=1, needs="gold_is_made_in_pieces", suspects="M30")
def test_answers_keep_their_order(server):
    """lines that come in one go are answered in their order"""
    work = begin(server)
    anna = server.connect("anna", Gulper)
    anna.send_glued([b"gold ring\n", b"hello\n", b"gold cup\n", b"golden\n"])
    piece = work.until_begun(b"ring")
    anna.expect_silence()
    piece.goes_on()
    work.until_begun(b"ring").returns(b"a ring")
    anna.expect_next(b"a ring\nHELLO\n")
    piece = work.until_begun(b"cup")
    anna.expect_silence()
    piece.returns(b"a cup")
    anna.expect_next(b"a cup\n")
    expect_capitals(work, anna, b"golden")


@pieces(points=1, needs="gold_is_made_in_pieces", suspects="M211")
def test_what_a_piece_raises_is_told(server):
    """an exception is told to the client, and to nobody else"""
    work = begin(server)
    anna, ben = server.connect("anna"), server.connect("ben")
    # It costs nobody an answer: not her, and not another.
    anna.send(b"gold ring\nthanks\n")
    work.until_begun(b"ring").goes_on()
    work.until_begun(b"ring").raises("NoGold")
    anna.expect(b"sorry: NoGold\nTHANKS\n")
    ask(ben, b"hello", b"HELLO")
    anna.send(b"gold cup\n")
    work.until_begun(b"cup").returns(b"a cup")
    anna.expect(b"a cup\n")


@pieces(points=1, needs="neighbours_come_between_pieces", suspects="M212 M07")
def test_who_has_vanished_has_no_more_made(server):
    """who has vanished has no more gold made, and then the server rests"""
    work = begin(server)
    anna, ben = server.connect("anna"), server.connect("ben")
    ask(ben, b"hello", b"HELLO")
    anna.send(b"gold ring\n")
    first = work.until_begun(b"ring")
    anna.reset()
    ben.send(b"gold cup\n")
    first.goes_on()
    for _ in range(FEW):
        # When her end is seen is the server's order.
        work.next_of(b"ring", b"cup").goes_on()
    work.until_begun(b"cup").goes_on()
    work.until_begun(b"cup").returns(b"a cup")
    ben.expect(b"a cup\n")
    expect_rest(server)
    expect_alone(server)
    cleo = server.connect("cleo")
    ask(cleo, b"hello", b"HELLO")
    work.expect_no_more()


# Wakeup: the string at the walker's sleeve -----------------------------------


@strings(points=1)
def test_it_wakes_a_select(server):
    """its flag is down at first, and wake() ends a wait in select()"""
    pulls = puller(server)
    pulls.looks(up=False)
    pulls.waits()


@strings(points=1, needs="it_wakes_a_select", suspects="M214")
def test_cleared_it_is_down(server):
    """clear() takes the flag down, waits for nothing, and wake() raises it"""
    pulls = puller(server)
    pulls.wakes().clears()
    pulls.clears()
    pulls.wakes()
    pulls.wakes(3).clears()
    pulls.wakes().clears()


@strings(
    points=2,
    needs="cleared_it_is_down",
    suspects="M213 M214",
    recorded=False,
)
def test_a_full_string_holds_nobody(server):
    """wake() never waits, and one clear() is enough for any number"""
    pulls = puller(server)
    pulls.wakes(MANY).clears()
    pulls.wakes().clears()


@strings(points=1, needs="cleared_it_is_down", suspects="M213")
def test_threads_pull_it_together(server):
    """several threads pull it at once, and pull no other one"""
    pulls = puller(server).another()
    pulls.wakes(500, threads=4).looks(up=False, which=1).clears()
    pulls.wakes(threads=2).clears()
    pulls.wakes(which=1).looks(up=False)


# serve_gold: a pool ----------------------------------------------------------


@pools(points=1, suspects="M210")
def test_neighbours_are_served_meanwhile(server):
    """while gold is made, everybody else is served"""
    work = begin(server, workers=1, most=1)
    anna, ben = server.connect("anna"), server.connect("ben")
    anna.send(b"gold ring\n")
    ring = work.until_begun(b"ring")
    ask(ben, b"hello", b"HELLO")
    cleo = server.connect("cleo")
    ask(cleo, b"and I?", b"AND I?")
    anna.expect_silence()
    ring.returns(b"a ring")
    anna.expect(b"a ring\n")
    ask(anna, b"thanks", b"THANKS")


@pools(points=1, needs="neighbours_are_served_meanwhile")
def test_gold_and_a_blank_ask_for_it(server):
    """gold and a blank ask for gold, and nothing else does"""
    work = begin(server, workers=1, most=1)
    anna = server.connect("anna")
    # Whatever only begins with "cancel" takes nothing back, either.
    for line in (
        b"golden",
        b"gold",
        b" gold ring",
        b"cancelled",
        b"cancel it",
    ):
        anna.send(line + b"\n")
        expect_capitals(work, anna, line)
    # What stands behind the blank may also be nothing.
    for words in b"ring with a ruby", b"":
        anna.send(b"gold " + words + b"\n")
        work.until_begun(words).returns(b"a ring")
        anna.expect(b"a ring\n")


@pools(
    points=1,
    needs="neighbours_are_served_meanwhile",
    suspects="M215 M26",
)
def test_gold_is_told_at_once(server):
    """the server rests while gold is made, and sends it at once"""
    work = begin(server, workers=1, most=1)
    anna = server.connect("anna").send(b"gold ring\n")
    ring = work.until_begun(b"ring")
    expect_rest(server)
    ring.returns(b"a ring")
    anna.expect(b"a ring\n")
    expect_rest(server)


@pools(
    points=1,
    needs="gold_is_told_at_once",
    suspects="M216",
    buffers=SMALL,
)
def test_large_gold_reaches_a_slow_reader(server):
    """megabytes of gold reach a slow reader, and hold nobody"""
    work = begin(server, workers=1, most=1)
    slow = server.connect("slow", Sipper, receive_buffer=SMALL)
    ben = server.connect("ben")
    ask(ben, b"hello", b"HELLO")
    for name in (b"rings", b"cups"):
        slow.send(b"gold " + name + b"\n")
        gold, call = b"some " + name, work.until_begun(name)
        # The loop is asleep: only a byte of the pool's can wake it.
        until_it_sleeps(server)
        call.returns(gold, LARGE // len(gold))
        if name == b"cups":
            ask(ben, b"hello", b"HELLO")
        slow.expect(gold * (LARGE // len(gold)) + b"\n")


@pools(
    points=2,
    needs="neighbours_are_served_meanwhile",
    suspects="M217",
)
def test_so_many_and_no_more(server):
    """so many calls are under way as there are workers, and no more"""
    work = begin(server, workers=2, most=2)
    anna, ben = server.connect("anna"), server.connect("ben")
    anna.send(b"gold ring\n")
    ben.send(b"gold cup\n")
    ring, cup = work.until_all_begun(b"ring", b"cup")
    cleo = server.connect("cleo").send(b"gold bowl\n")
    work.expect_no_more()
    ask(server.connect("dora"), b"hello", b"HELLO")
    cup.returns(b"a cup")
    ben.expect(b"a cup\n")
    bowl = work.until_begun(b"bowl")
    work.expect_no_more()
    bowl.returns(b"a bowl")
    cleo.expect(b"a bowl\n")
    ring.returns(b"a ring")
    anna.expect(b"a ring\n")


@pools(
    points=2,
    needs="neighbours_are_served_meanwhile",
    suspects="M217 M30",
)
def test_who_finds_no_place_is_told(server):
    """beyond the bound gold is answered busy, until a place is free"""
    work = begin(server, workers=1, most=1)
    anna, ben = server.connect("anna", Gulper), server.connect("ben")
    anna.send(b"gold ring\n")
    ring = work.until_begun(b"ring")
    anna.send_glued([b"gold cup\n", b"gold jug\n"])
    cleo = server.connect("cleo")
    turn_over(cleo)
    ask(ben, b"gold bowl", b"busy")
    ask(ben, b"hello", b"HELLO")
    # She is told later: two answers are due to her before that.
    anna.expect_silence()
    ring.returns(b"a ring")
    anna.expect(b"a ring\n")
    cup = work.until_begun(b"cup")
    ben.send(b"gold bowl\n")
    turn_over(cleo)
    ask(cleo, b"gold plate", b"busy")
    cup.returns(b"a cup")
    anna.expect(b"a cup\nbusy\n")
    work.until_begun(b"bowl").returns(b"a bowl")
    ben.expect(b"a bowl\n")
    work.expect_no_more()


@pools(
    points=2,
    needs="neighbours_are_served_meanwhile",
    suspects="M30",
)
def test_each_keeps_its_order(server):
    """what is made first waits for what was asked for first"""
    work = begin(server, workers=2, most=2)
    anna, ben = server.connect("anna", Gulper), server.connect("ben")
    anna.send_glued([b"gold ring\n", b"gold cup\n"])
    ring, cup = work.until_all_begun(b"ring", b"cup")
    cup.returns(b"a cup")
    ben.send(b"gold bowl\n")
    # By then the worker of the cup has left word.
    bowl = work.until_begun(b"bowl")
    anna.send(b"hello\n")
    turn_over(server.connect("cleo"))
    anna.expect_silence()
    bowl.returns(b"a bowl")
    ben.expect(b"a bowl\n")
    anna.expect_silence()
    ring.returns(b"a ring")
    anna.expect(b"a ring\na cup\nHELLO\n")


@pools(
    points=1,
    needs="neighbours_are_served_meanwhile",
    suspects="M211",
)
def test_what_the_work_raises_is_told(server):
    """an exception in the pool is told, and costs nobody a worker"""
    work = begin(server, workers=1, most=1)
    anna, ben = server.connect("anna"), server.connect("ben")
    for kind in ("NoGold", "ValueError", "OSError"):
        anna.send(b"gold ring\n")
        work.until_begun(b"ring").raises(kind)
        anna.expect(b"sorry: " + kind.encode() + b"\n")
    ben.send(b"gold cup\n")
    work.until_begun(b"cup").returns(b"a cup")
    ben.expect(b"a cup\n")


@pools(
    points=2,
    needs="neighbours_are_served_meanwhile",
    suspects="M212 M218",
)
def test_who_has_vanished_is_answered_no_more(server):
    """who comes after a client has vanished is not given its gold"""
    work = begin(server, workers=1, most=1)
    ben = server.connect("ben")
    ask(ben, b"hello", b"HELLO")
    anna = server.connect("anna", Gulper)
    anna.send_glued([b"gold ring\n", b"gold crown\n"])
    ring = work.until_begun(b"ring")
    with expect_seen_off(server):
        anna.reset()
    cleo = server.connect("cleo")
    ask(cleo, b"hello", b"HELLO")
    # The crown is for nobody, and so is its place.
    ben.send(b"gold cup\n")
    turn_over(cleo)
    ring.returns(b"a ring")
    cup = work.until_begun(b"cup")
    dora = server.connect("dora")
    turn_over(dora)
    cleo.expect_silence()
    # What has been made for nobody has given its place back by then, too.
    cleo.send(b"gold bowl\n")
    turn_over(dora)
    cup.returns(b"a cup")
    ben.expect(b"a cup\n")
    work.until_begun(b"bowl").returns(b"a bowl")
    cleo.expect(b"a bowl\n")


@pools(
    points=2,
    needs="neighbours_are_served_meanwhile",
    suspects="M219",
)
def test_what_waits_can_be_taken_back(server):
    """cancel takes back what waits, and its places are free"""
    work = begin(server, workers=1, most=2)
    anna, ben = server.connect("anna", Gulper), server.connect("ben")
    anna.send_glued([b"gold ring\n", b"gold cup\n", b"gold bowl\n"])
    ring = work.until_begun(b"ring")
    # The second one finds nothing more; the spoon finds a place.
    anna.send_glued([b"cancel\n", b"cancel\n", b"gold spoon\n"])
    cleo = server.connect("cleo")
    turn_over(cleo)
    ask(ben, b"cancel", b"0")
    ben.send(b"gold plate\n")
    turn_over(cleo)
    anna.expect_silence()
    ben.expect_silence()
    ring.returns(b"a ring")
    anna.expect(b"a ring\ncancelled\ncancelled\n2\n0\n")
    work.until_begun(b"spoon").returns(b"a spoon")
    anna.expect(b"a spoon\n")
    work.until_begun(b"plate").returns(b"a plate")
    ben.expect(b"a plate\n")


# faults_of_goldsmiths: recorded runs, and what is wrong in them --------------

finds = partial(
    behaviour,
    "faults_of_goldsmiths",
    driver=answer_once,
    recorded=False,
)


@finds(points=1, suspects="M180 M181")
def test_the_fault_of_pearl(server):
    """says what is wrong in pearl: the line, and the belief"""
    expect_named(server, "pearl")


@finds(points=1, suspects="M180 M181")
def test_the_fault_of_quartz(server):
    """says what is wrong in quartz: the line, and the belief"""
    expect_named(server, "quartz")


@finds(points=2, pends=True)
def test_an_answer_for_reed(server):
    """has an answer for reed, which is compared when it is handed in"""
    expect_committed(server, "reed")
