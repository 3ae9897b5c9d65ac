"""Harder variants of exercise 06's tests, for grading only.

Each guards the points of a visible test and promises nothing new: random
content, more slow readers, coincidences that meet a frozen server in one look.
"""

import string
from functools import partial

from buckets.behaviour import behaviour
from buckets.conditions import Leap, Mishap
from buckets.driving.clients import (
    Ghost,
    Gulper,
    HalfCloser,
    Sipper,
    Talker,
)
from buckets.driving.expect import (
    expect_little_memory,
    expect_no_wait_for_one,
    expect_open,
    expect_same_descriptors,
    until_it_sleeps,
)
from buckets.driving.seed import dice
from buckets.driving.topics.back_bucket import (
    sends_back,
    sip_once,
    walks_by_flags,
    water,
)
from buckets.driving.topics.break_it import expect_told_apart, meet

SMALL = 4096
MUCH = 16 << 20


def waters(letters):
    """What must be poured for several."""
    return b"".join(water(bytes([letter])) for letter in letters)


def some_letters(chance, count, last="m"):
    """Random orders, from b"a" to `last`."""
    known = string.ascii_lowercase.partition(last)[0] + last
    return "".join(chance.choices(known, k=count)).encode()


# pour ----------------------------------------------------------------------


@behaviour(
    "pour",
    needs="a_part_is_poured_and_the_rest_is_kept",
    hardens="a_part_is_poured_and_the_rest_is_kept",
    suspects="M04",
    driver=sends_back,
    buffers=SMALL,
)
def test_any_bytes_are_poured_whole(server):
    """any bytes, any number of them, arrive whole through small buffers"""
    chance = dice(server)
    data = chance.randbytes(chance.randint(100_000, 500_000))
    anna = server.connect("anna", Sipper).send(data).half_close()
    anna.expect(data).expect_eof()


def pours_where_there_is_room(task, listener):
    """A given server: one call, for which there is room; tell what is left."""
    connection = listener.accept()[0]
    connection.setblocking(False)
    pending = bytearray(b"a cup of water " * 1000)
    task(connection, pending)
    connection.sendall(b"%d bytes are left" % len(pending))
    listener.accept()


@behaviour(
    "pour",
    needs="a_part_is_poured_and_the_rest_is_kept",
    hardens="a_part_is_poured_and_the_rest_is_kept",
    suspects="M04",
    driver=pours_where_there_is_room,
    buffers=200_000,
)
def test_what_there_is_room_for_is_poured(server):
    """15,000 bytes are poured by one call, since there is room for them"""
    anna = server.connect("anna")
    anna.expect(b"a cup of water " * 1000 + b"0 bytes are left")


def pours_once(task, listener):
    """A given server: pour once for a client; tell it what came of that."""
    connection = listener.accept()[0]
    connection.setblocking(False)
    told = "nothing"
    try:
        task(connection, bytearray(b"a cup of water"))
    except OSError as error:
        told = type(error).__name__
    connection.sendall(told.encode())
    listener.accept()


@behaviour(
    "pour",
    needs="a_broken_connection_is_the_callers",
    hardens="a_broken_connection_is_the_callers",
    suspects="M10",
    driver=pours_once,
    mishaps=(Mishap("send", times=1, error="EPIPE"),),
)
def test_any_error_is_the_callers(server):
    """that a pipe is broken is told by an exception, too"""
    server.connect("anna").expect(b"BrokenPipeError")


# flags ---------------------------------------------------------------------


def tells_flags(task, listener):
    """A given server: ask for the flags of some, and tell a client of them."""
    names = {listener: "the door"}
    names |= {listener.accept()[0]: name for name in ("anna", "ben", "cleo")}
    *_, asker = names
    for sizes in ((0, 1, 0), (5000, 0, 60_000), (0, 0, 0), (1, 1, 1)):
        pairs = zip(list(names)[1:], sizes, strict=True)
        pending = {sock: bytearray(size) for sock, size in pairs}
        lists = task(listener, pending)
        lists = [[names[sock] for sock in each] for each in lists]
        told = [" ".join(sorted(each)) or "-" for each in lists]
        kept = tuple(map(len, pending.values())) == sizes
        told.append("and nothing has changed" if kept else "and something has")
        asker.sendall("; ".join(told).encode() + b"\n")
    listener.accept()


@behaviour(
    "flags",
    needs="who_has_much_pending_is_not_read_from",
    hardens="who_has_much_pending_is_not_read_from",
    driver=tells_flags,
)
def test_a_single_byte_is_pending(server):
    """one pending byte is as good as a million; only the dict is looked at"""
    *_, cleo = [server.connect(name) for name in ("anna", "ben", "cleo")]
    kept = b"and nothing has changed\n"
    cleo.expect_next(b"anna cleo the door; ben; " + kept)
    cleo.expect_next(b"ben the door; anna cleo; " + kept)
    cleo.expect_next(b"anna ben cleo the door; -; " + kept)
    cleo.expect(b"the door; anna ben cleo; " + kept)


@behaviour(
    "flags",
    needs="what_is_pending_is_poured",
    hardens="what_is_pending_is_poured",
    driver=walks_by_flags,
    buffers=SMALL,
)
def test_the_door_is_watched_with_sixty_inside(server):
    """with sixty in the aisle, the next one is let in, too"""
    server.mob(60)
    server.connect("anna").send(b"a").expect(b"a" * (1 << 20))


# hand_out ------------------------------------------------------------------

FLYER = water(b"u")


@behaviour(
    "hand_out",
    needs="who_takes_nothing_holds_nobody_up",
    hardens="who_takes_nothing_holds_nobody_up",
    suspects="M13",
    buffers=SMALL,
)
def test_each_has_a_place_of_its_own_in_the_flyer(server):
    """six readers, each at a place of its own, all get the whole flyer"""
    chance = dice(server)
    readers = [server.connect(f"reader-{n}", Sipper) for n in range(6)]
    begun = [reader.sip(chance.randint(1, 3000)) for reader in readers]
    order = list(zip(readers, begun, strict=True))
    chance.shuffle(order)
    for reader, part in order:
        reader.expect(FLYER[len(part) :]).expect_eof()


@behaviour(
    "hand_out",
    needs="who_vanishes_hurts_nobody_else",
    hardens="who_vanishes_hurts_nobody_else",
    suspects="M10",
    mishaps=(Mishap("send", times=1, error="ETIMEDOUT"),),
)
def test_any_error_of_a_connection_ends_that_one(server):
    """whatever OSError send() raises, it ends one connection, and no other"""
    server.connect("ghost").expect_eof()
    server.connect("anna").expect(FLYER).expect_eof()


@behaviour(
    "hand_out",
    needs="who_vanishes_hurts_nobody_else",
    hardens="who_vanishes_hurts_nobody_else",
    suspects="M10",
    buffers=SMALL,
)
def test_who_leaves_at_any_moment_hurts_nobody(server):
    """who vanishes or leaves, at the door or later, hurts nobody else"""
    slow, polite = server.connect("slow", Sipper), server.connect("polite")
    sip_once(slow)
    with server.frozen():
        slow.reset()
        polite.close()
        server.connect("ghost at the door", Ghost).close()
    server.connect("anna").expect(FLYER).expect_eof()


@behaviour(
    "hand_out",
    needs="the_flyer_arrives_whole",
    hardens="the_flyer_arrives_whole",
    suspects="M04",
    mishaps=(
        Mishap("send", times=9, most=7),
        Mishap("send", at=20, most=60_000),
    ),
)
def test_the_flyer_arrives_in_sips(server):
    """the flyer arrives whole, whatever part of it send() takes"""
    anna, ben = server.connect("anna"), server.connect("ben")
    ben.expect(FLYER).expect_eof()
    anna.expect(FLYER).expect_eof()


@behaviour(
    "hand_out",
    needs="the_flyer_arrives_whole",
    hardens="the_flyer_arrives_whole",
    suspects="M04",
    # 31 times so much is a flyer but for one byte.
    mishaps=(Mishap("send", most=33_825),),
    buffers=200_000,
)
def test_the_last_byte_comes_by_itself(server):
    """the flyer arrives whole, though send() leaves one byte over"""
    server.connect("anna").expect(FLYER).expect_eof()


@behaviour(
    "hand_out",
    needs="who_takes_nothing_holds_nobody_up",
    hardens="who_takes_nothing_holds_nobody_up",
    suspects="M231",
    buffers=SMALL,
    leap=Leap(300, after=1),
)
def test_who_takes_nothing_for_minutes_gets_the_rest(server):
    """who takes nothing for five minutes gets the whole flyer all the same"""
    slow = server.connect("slow", Sipper)
    until_it_sleeps(server)
    slow.expect(FLYER).expect_eof()


# serve_water ---------------------------------------------------------------

pours = partial(behaviour, "serve_water", buffers=SMALL)


@behaviour(
    "serve_water",
    needs="letters_may_come_glued",
    hardens="letters_are_answered",
    suspects="M04",
    mishaps=(Mishap("send", most=3),),
)
def test_a_little_water_in_sips(server):
    """a little water arrives whole, though send() takes 3 bytes at a time"""
    anna = server.connect("anna").send(b"cha")
    anna.expect(waters(b"cha")).half_close().expect_eof()


@pours(
    needs="letters_may_come_glued",
    hardens="letters_may_come_glued",
    suspects="M69",
)
def test_any_orders_are_answered_in_their_order(server):
    """sixty random orders at once are answered in their order"""
    letters = some_letters(dice(server), 60)
    gulper = server.connect("gulper", Gulper)
    with server.frozen():
        gulper.send_glued(bytes([letter]) for letter in letters)
    gulper.expect(waters(letters))


@pours(
    needs="who_takes_nothing_delays_nobody",
    hardens="who_takes_nothing_delays_nobody",
    suspects="M13 M68",
)
def test_ten_who_take_nothing_delay_nobody(server):
    """ten readers that take nothing hold a quick one up by nothing"""
    for number in range(10):
        sipper = server.connect(f"sipper-{number + 1}", Sipper)
        sip_once(sipper.send(b"t"))
        expect_no_wait_for_one(server)
    anna = server.connect("anna")
    for letter in (b"c", b"h", b"p", b"a"):
        anna.send(letter).expect(water(letter))


@pours(
    needs="eight_megabytes_arrive_whole",
    hardens="eight_megabytes_arrive_whole",
    suspects="M04 M69",
)
def test_much_for_several_at_once(server):
    """three readers who take turns get all of theirs, and nothing else"""
    chance = dice(server)
    readers = [server.connect(f"reader-{n}", Sipper) for n in range(3)]
    orders = [b"u" + some_letters(chance, 8, "q") for _ in readers]
    for reader, letters in zip(readers, orders, strict=True):
        reader.send(letters)
    begun = [reader.sip(chance.randint(1, 3000)) for reader in readers]
    for reader, letters, part in zip(readers, orders, begun, strict=True):
        reader.expect(waters(letters)[len(part) :])


@pours(
    needs="the_goodbye_comes_after_the_last_byte",
    hardens="the_goodbye_comes_after_the_last_byte",
    suspects="M67",
)
def test_many_orders_and_a_goodbye_in_one_look(server):
    """twenty orders and a goodbye at once: first the water, then the end"""
    letters = some_letters(dice(server), 20, "p")
    halfcloser = server.connect("halfcloser", HalfCloser, receive_buffer=SMALL)
    with server.frozen():
        halfcloser.send(letters)
    halfcloser.expect(waters(letters)).expect_eof()


@pours(
    needs="who_vanishes_in_the_middle_hurts_nobody",
    hardens="who_vanishes_in_the_middle_hurts_nobody",
    suspects="M10",
)
def test_who_leaves_at_any_moment_delays_nobody(server):
    """resets and goodbyes with water pending, all in one look, hurt nobody"""
    other = server.connect("other").send(b"b").expect(water(b"b"))
    leaving = [server.connect(f"sipper-{n}", Sipper) for n in (1, 2, 3)]
    for sipper in leaving:
        sip_once(sipper.send(b"uub"))
    with server.frozen():
        leaving[0].reset()
        leaving[1].close()
        leaving[2].half_close()
        server.connect("ghost", Ghost).send(b"uu").close()
        server.connect("ghost at the door", Ghost).close()
        other.send(b"c")
    other.expect(water(b"c"))
    leaving[2].expect(waters(b"uub")[1:]).expect_eof()


@pours(
    needs="memory_is_bounded",
    hardens="memory_is_bounded",
    suspects="M19",
)
def test_memory_is_bounded_for_eight(server):
    """eight readers that order 128 MB and take nothing fill a few MB"""
    server.connect("anna").send(b"u").expect(water(b"u"))
    with expect_little_memory(server, MUCH):
        sippers = [server.connect(f"sipper-{n}", Sipper) for n in range(8)]
        for sipper in sippers:
            sip_once(sipper.send(b"t" * 32))
    sippers[3].expect(waters(b"t" * 32)[1:])


@pours(
    needs="memory_is_bounded",
    hardens="memory_is_bounded",
    suspects="M19",
)
def test_orders_wait_where_they_are(server):
    """who orders without end and takes nothing fills no more than a few MB"""
    server.connect("anna").send(b"u").expect(water(b"u"))
    with expect_little_memory(server, MUCH):
        greedy = server.connect("greedy", Talker, receive_buffer=SMALL)
        greedy.send(b"t").talk(b"tea", most=64 << 20)
    server.connect("ben").send(b"b").expect(water(b"b"))


@pours(
    needs="who_vanishes_in_the_middle_hurts_nobody",
    hardens="who_vanishes_in_the_middle_hurts_nobody",
    suspects="M32",
)
def test_no_descriptor_is_left_after_rude_visits(server):
    """after sixty resets with water pending no descriptor is left open"""
    server.connect("first").send(b"a").expect(b"a")
    with expect_same_descriptors(server, b"a", b"a"):
        for number in range(60):
            sipper = server.connect(f"sipper-{number + 1}", Sipper)
            sipper.send(b"q").sip(1)
            sipper.reset()


@pours(
    needs="it_sleeps_while_nobody_asks",
    hardens="it_sleeps_while_nobody_asks",
    suspects="M231",
    leap=Leap(300, after=2),
)
def test_minutes_send_nobody_away(server):
    """who is silent, or takes nothing, for five minutes is still served"""
    with server.frozen():
        slow = server.connect("slow", Sipper).send(b"u")
        silent = server.connect("silent")
    until_it_sleeps(server)
    expect_open(silent)
    silent.send(b"k").expect(water(b"k"))
    slow.expect(water(b"u"))


# wrong_water -----------------------------------------------------------------

wells = partial(
    behaviour,
    "wrong_water",
    driver=meet,
    serves="serve_water",
    suspects="M170",
)


@wells(
    needs="no_right_well_is_accused",
    hardens="no_right_well_is_accused",
    servers="a_class_for_each_connection takes_one_order_of_many",
)
def test_no_other_right_well_is_accused(server):
    """accuses no right server of another make"""
    expect_told_apart(server)


@wells(
    needs="what_found_no_room_is_lost",
    hardens="what_found_no_room_is_lost",
    servers="puts_the_newest_in_front",
)
def test_water_that_is_mixed_up(server):
    """exposes a server that pours one order into the middle of another"""
    expect_told_apart(server)
