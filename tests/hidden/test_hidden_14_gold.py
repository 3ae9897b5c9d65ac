"""Harder variants of exercise 14's tests, for grading only.

Each guards the points of a visible test and promises nothing new: random
content, more clients, more gold, and ends in any order.
"""

from functools import partial

from buckets.behaviour import behaviour
from buckets.driving.clients import Dribbler, Gulper, HalfCloser
from buckets.driving.expect import expect_alone, expect_rest
from buckets.driving.seed import dice
from buckets.driving.topics.find_the_fault import answer_once, expect_named
from buckets.driving.topics.gold import (
    ask,
    begin,
    expect_seen_off,
    pull_strings,
    puller,
    serve_pieces,
    serve_work,
    turn_over,
)

pieces = partial(behaviour, "serve_in_pieces", driver=serve_pieces)
strings = partial(behaviour, "Wakeup", driver=pull_strings)
pools = partial(behaviour, "serve_gold", driver=serve_work)


def made_of(words):
    """What becomes of these words: no two are alike."""
    return b"a golden " + words


# serve_in_pieces -------------------------------------------------------------


@pieces(
    needs="answers_keep_their_order",
    hardens="gold_is_made_in_pieces answers_keep_their_order",
    suspects="M30",
)
def test_any_lines_keep_their_order(server):
    """any lines, cut anywhere, are answered in their order, to the end"""
    work, chance = begin(server), dice(server)
    anna, ben = server.connect("anna", Dribbler), server.connect("ben")
    names = [b"%d" % number for number in chance.sample(range(1000), 6)]
    asks = [
        name if chance.random() < 0.3 else b"gold " + name for name in names
    ]
    asks += [b"gold ", b"gold", b" gold x", b""]
    # Words are what stands behind one blank, as it is; no other word is gold.
    asks += [b"Gold x", b"gold\tx", b"gold  a ring\t ", b"golden x"]
    text = b"".join(line + b"\n" for line in asks)
    anna.send_cut(text, *sorted(chance.sample(range(1, len(text)), 3)))
    anna.half_close()
    for line in asks:
        if line.startswith(b"gold "):
            words = line[5:]
            for _ in range(chance.randrange(3)):
                work.until_begun(words).goes_on()
            work.until_begun(words).returns(made_of(words))
            anna.expect_next(made_of(words) + b"\n")
        else:
            anna.expect_next(line.upper() + b"\n")
    anna.expect_eof()
    ask(ben, b"hello", b"HELLO")
    expect_alone(server)


@pieces(
    needs="two_golds_take_turns",
    hardens="two_golds_take_turns what_a_piece_raises_is_told",
    suspects="M201 M210 M211",
)
def test_many_golds_take_turns(server):
    """five golds take turns, and what one of them raises stops no other"""
    work, chance = begin(server), dice(server)
    names = [b"%d" % number for number in chance.sample(range(1000), 5)]
    owners = {
        name: server.connect(f"client-{name.decode()}") for name in names
    }
    for name in names:
        owners[name].send(b"gold " + name + b"\n")
    # They come one by one: as soon as all have begun, they take turns.
    for _ in range(20):
        work.next_of(*names).goes_on()
    circle = []
    for _ in names:
        left = [name for name in names if name not in circle]
        circle.append(work.next_of(*left).goes_on().words)
    told = {}
    for name in circle:
        call = work.until_begun(name)
        if chance.random() < 0.5:
            call.raises("KeyError")
            told[name] = b"sorry: KeyError\n"
        else:
            call.returns(made_of(name))
            told[name] = made_of(name) + b"\n"
    # Not before: an answer may be sent when the others have had their pieces.
    for name in circle:
        owners[name].expect(told[name])


# Wakeup ----------------------------------------------------------------------


@strings(
    needs="cleared_it_is_down",
    hardens="it_wakes_a_select cleared_it_is_down threads_pull_it_together",
    suspects="M214",
)
def test_two_strings_are_two(server):
    """two of them, pulled and cleared in any order, have nothing in common"""
    pulls, chance = puller(server), dice(server)
    pulls.makes()
    # Both have come back: the next wake() is heard, whatever was sent before.
    pulls.clears_halfway().wakes().clears()
    up = [False, False]
    for _ in range(40):
        which = chance.randrange(2)
        if chance.random() < 0.5:
            pulls.wakes(chance.choice((1, 2, 400)), which=which)
            up[which] = True
        else:
            pulls.clears(which)
            up[which] = False
        pulls.looks(up=up[1 - which], which=1 - which)


@strings(
    needs="cleared_it_is_down",
    hardens="cleared_it_is_down",
)
def test_clear_waits_for_nothing(server):
    """clear() waits for nobody, however shortly"""
    puller(server).wakes().clears().clears_without_a_wait()


# serve_gold ------------------------------------------------------------------


@pools(
    needs="each_keeps_its_order",
    hardens="each_keeps_its_order so_many_and_no_more gold_is_told_at_once",
    suspects="M30 M217",
)
def test_gold_is_made_in_any_order(server):
    """six workers make eighteen golds, which end in any order"""
    work, chance = begin(server, workers=6, most=12), dice(server)
    clients = [
        server.connect(name, Gulper) for name in ("anna", "ben", "cleo")
    ]
    names = [b"%d" % number for number in chance.sample(range(1000), 18)]
    theirs = [names[0:6], names[6:12], names[12:18]]
    for client, own in zip(clients, theirs, strict=True):
        client.send_glued([b"gold " + name + b"\n" for name in own])
        turn_over(server.connect("dora"))
    told, under_way = {}, work.until_all_begun(*names[:6])
    work.expect_no_more()
    for number in range(6, 24):
        call = under_way.pop(chance.randrange(len(under_way)))
        if chance.random() < 0.2:
            call.raises("OSError")
            told[call.words] = b"sorry: OSError\n"
        else:
            told[call.words] = made_of(call.words) + b"\n"
            call.returns(made_of(call.words))
        if number < 18:
            under_way.append(work.until_begun(names[number]))
    for client, own in zip(clients, theirs, strict=True):
        client.expect(b"".join(told[name] for name in own))
    expect_rest(server)


@pools(
    needs="who_finds_no_place_is_told",
    hardens="who_finds_no_place_is_told what_waits_can_be_taken_back",
    suspects="M217 M219",
)
def test_the_bound_is_exact(server):
    """of any number of golds in one go, as many wait as may, and no more"""
    work, chance = begin(server, workers=2, most=3), dice(server)
    anna, ben = server.connect("anna", Gulper), server.connect("ben")
    names = [b"%d" % number for number in chance.sample(range(1000), 9)]
    anna.send_glued([b"gold " + name + b"\n" for name in names])
    first, second = work.until_all_begun(*names[:2])
    # Nobody takes back what another one has asked for.
    ask(ben, b"cancel", b"0")
    anna.send(b"cancel\n")
    turn_over(ben)
    ask(ben, b"cancel", b"0")
    second.returns(made_of(names[1]))
    first.returns(made_of(names[0]))
    anna.expect_next(made_of(names[0]) + b"\n" + made_of(names[1]) + b"\n")
    anna.expect(b"cancelled\n" * 3 + b"busy\n" * 4 + b"3\n")
    ben.send(b"gold cup\n")
    work.until_begun(b"cup").returns(b"a cup")
    ben.expect(b"a cup\n")
    work.expect_no_more()


@pools(
    needs="who_has_vanished_is_answered_no_more",
    hardens="who_has_vanished_is_answered_no_more",
    suspects="M212 M218",
)
def test_a_number_goes_from_hand_to_hand(server):
    """descriptors go from hand to hand, and each gold finds its owner"""
    work, chance = begin(server, workers=3, most=1), dice(server)
    ben, dora = server.connect("ben"), server.connect("dora")
    ask(ben, b"hello", b"HELLO")
    names = [b"%d" % number for number in chance.sample(range(1000), 3)]
    calls = []
    for number, name in enumerate(names):
        client = server.connect(f"client-{number + 1}")
        client.send(b"gold " + name + b"\n")
        calls.append(work.until_begun(name))
        if number < 2:
            with expect_seen_off(server):
                client.reset()
    # Nobody can stop what has begun: it has its worker, and so its place.
    dora.send(b"gold cup\n")
    turn_over(ben)
    ask(ben, b"gold pin", b"busy")
    for call in calls[:2]:
        call.returns(made_of(call.words))
        turn_over(ben)
        client.expect_silence()
    calls[2].returns(made_of(names[2]))
    client.expect(made_of(names[2]) + b"\n")
    ask(client, b"hello", b"HELLO")
    work.until_begun(b"cup").returns(b"a cup")
    dora.expect(b"a cup\n")
    work.expect_no_more()


@pools(
    needs="what_the_work_raises_is_told",
    hardens="neighbours_are_served_meanwhile gold_and_a_blank_ask_for_it "
    "what_the_work_raises_is_told",
    suspects="M211",
)
def test_who_has_finished_hears_all(server):
    """who has finished sending hears every answer, and then the end"""
    work = begin(server, workers=2, most=2)
    ben = server.connect("ben")
    anna = server.connect("anna", HalfCloser)
    # Words are what stands behind one blank, as it is; no other word is gold.
    anna.send(b"gold  ring\t \ngold cup\nGold pin\ngold\tpin\nhello\n")
    ring, cup = work.until_all_begun(b" ring\t ", b"cup")
    ask(ben, b"hello", b"HELLO")
    cup.raises("KeyError")
    ask(ben, b"hello", b"HELLO")
    ring.returns(b"")
    anna.expect_next(
        b"\nsorry: KeyError\nGOLD PIN\nGOLD\tPIN\nHELLO\n"
    ).expect_eof()
    ask(ben, b"hello", b"HELLO")


@pools(
    needs="gold_is_told_at_once",
    hardens="gold_is_told_at_once",
    suspects="M215",
)
def test_gold_is_made_while_the_loop_hears(server):
    """gold that is made while the loop hears of another is sent as well"""
    work = begin(server, workers=2, most=1)
    anna, ben = server.connect("anna"), server.connect("ben")
    anna.send(b"gold ring\n")
    ring = work.until_begun(b"ring")
    ben.send(b"gold cup\n")
    cup = work.until_begun(b"cup")
    ring.returns(b"a ring", holds=True)
    with work.held():
        cup.returns(b"a cup")
    anna.expect(b"a ring\n")
    ben.expect(b"a cup\n")
    expect_rest(server)


# faults_of_goldsmiths --------------------------------------------------------


@behaviour(
    "faults_of_goldsmiths",
    needs="an_answer_for_reed",
    hardens="an_answer_for_reed",
    suspects="M180 M181",
    driver=answer_once,
    recorded=False,
)
def test_the_fault_of_reed(server):
    """says what is wrong in reed: the line, and the belief"""
    expect_named(server, "reed")
