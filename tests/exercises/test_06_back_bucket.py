"""What exercise 06 promises, tested with real clients on real sockets.

Two functions and a small server lead up to a server that pours much water
for anybody who asks, and waits for nobody who drinks slowly. A letter asks
for water; each letter asks for twice as much as the one before it.
"""

from functools import partial

from buckets.behaviour import behaviour
from buckets.conditions import Mishap
from buckets.driving.clients import Gulper, HalfCloser, Sipper, Squatter
from buckets.driving.expect import (
    expect_alone,
    expect_kept,
    expect_little_memory,
    expect_one_descriptor_less,
    expect_open,
    expect_rest,
    until_it_sleeps,
)
from buckets.driving.topics.back_bucket import (
    sends_back,
    sip_once,
    walks_by_flags,
    water,
)
from buckets.driving.topics.break_it import expect_told_apart, meet

SMALL = 4096
MUCH = 16 << 20


def thirsty(server, letters):
    """A client who asks for much, and takes nothing but a sip."""
    sipper = server.connect("sipper", Sipper).send(letters)
    sip_once(sipper)
    return sipper


# pour: what there is room for, and no more ---------------------------------


@behaviour(
    "pour",
    points=1,
    suspects="M04",
    driver=sends_back,
    mishaps=(Mishap("send", times=1, most=13),),
)
def test_a_few_bytes_are_poured(server):
    """a few bytes are poured, the last one by itself, and nothing is left"""
    anna = server.connect("anna", HalfCloser).send(b"a cup of water")
    anna.expect(b"a cup of water").expect_eof()


@behaviour(
    "pour",
    points=1,
    needs="a_few_bytes_are_poured",
    suspects="M04",
    driver=sends_back,
    buffers=SMALL,
)
def test_a_part_is_poured_and_the_rest_is_kept(server):
    """256 KB through small buffers arrive whole, call by call"""
    anna = server.connect("anna", Sipper).send(water(b"s")).half_close()
    anna.expect(water(b"s")).expect_eof()


def pours_until_there_is_no_room(task, listener):
    """A given server: call until nothing is taken; tell the next client."""
    import resource

    from buckets.child.topics.back_bucket import pour_the_rest, take_in

    who = getattr(resource, "RUSAGE_THREAD", resource.RUSAGE_SELF)
    connection, pending = take_in(listener)
    before, naps, calls = None, resource.getrusage(who).ru_nvcsw, 0
    while before != len(pending) or calls < 20:
        before, calls = len(pending), calls + 1
        task(connection, pending)
    waited = resource.getrusage(who).ru_nvcsw - naps
    other = listener.accept()[0]
    said = b"it came back, and something is left" if pending else b"?"
    # Who waits goes to sleep, in each of the calls for which there is no room.
    other.sendall(said if waited < 10 else b"it fell asleep again and again")
    pour_the_rest(task, connection, pending)
    listener.accept()


@behaviour(
    "pour",
    points=1,
    needs="a_few_bytes_are_poured",
    suspects="M65",
    driver=pours_until_there_is_no_room,
    buffers=SMALL,
)
def test_no_room_is_no_reason_to_wait(server):
    """where there is no room it comes back at once, and keeps everything"""
    anna, ben = server.connect("anna", Sipper), server.connect("ben")
    anna.send(water(b"s")).half_close()
    ben.expect(b"it came back, and something is left")
    anna.expect(water(b"s")).expect_eof()


def pours_for_who_has_gone(task, listener):
    """A given server: pour for who has vanished; tell the next one."""
    import select

    connection, other = listener.accept()[0], listener.accept()[0]
    connection.setblocking(False)
    other.recv(100)
    select.select([connection], [], [])
    told, pending = "nothing", bytearray(b"a cup of water")
    try:
        task(connection, pending)
    except OSError as error:
        told = type(error).__name__
    if connection.fileno() < 0:
        told += ", and the connection is closed"
    other.sendall(told.encode())
    other.recv(100)


@behaviour(
    "pour",
    points=1,
    needs="a_few_bytes_are_poured",
    suspects="M10",
    driver=pours_for_who_has_gone,
)
def test_a_broken_connection_is_the_callers(server):
    """a broken connection is told by an exception, and left to the caller"""
    anna, ben = server.connect("anna"), server.connect("ben")
    anna.reset()
    ben.send(b"she has gone").expect(b"ConnectionResetError")


# flags: who is watched for what --------------------------------------------


def million(letter):
    return letter * (1 << 20)


@behaviour(
    "flags",
    points=1,
    suspects="M66",
    driver=walks_by_flags,
    buffers=SMALL,
)
def test_what_is_pending_is_poured(server):
    """who asks is answered to the last byte, and may ask again"""
    anna, ben = server.connect("anna"), server.connect("ben")
    ben.send(b"b").expect(million(b"b"))
    anna.send(b"a").expect(million(b"a"))
    ben.send(b"c").expect(million(b"c"))


@behaviour(
    "flags",
    points=1,
    needs="what_is_pending_is_poured",
    suspects="M07",
    timing=True,
    driver=walks_by_flags,
    buffers=SMALL,
)
def test_nobody_is_watched_for_room_in_vain(server):
    """while nothing is pending, the server sleeps"""
    server.connect("silent", Squatter)
    server.connect("anna").send(b"a").expect(million(b"a"))
    expect_rest(server)


@behaviour(
    "flags",
    points=1,
    needs="what_is_pending_is_poured",
    suspects="M19",
    driver=walks_by_flags,
    buffers=SMALL,
)
def test_who_has_much_pending_is_not_read_from(server):
    """who has water pending is not asked for more orders"""
    server.connect("anna").send(b"a").expect(million(b"a"))
    with expect_little_memory(server, MUCH):
        thirsty(server, b"s" * 64)
    server.connect("ben").send(b"b").expect(million(b"b"))


# hand_out: a server that only pours ----------------------------------------

FLYER = water(b"u")


@behaviour("hand_out", points=1, suspects="M66", buffers=SMALL)
def test_the_flyer_arrives_whole(server):
    """a newcomer gets the whole flyer, and then the end of file"""
    anna = server.connect("anna", Sipper)
    first = sip_once(anna)
    until_it_sleeps(server)
    with expect_one_descriptor_less(server):
        anna.expect(FLYER[len(first) :]).expect_eof()


@behaviour(
    "hand_out",
    points=2,
    needs="the_flyer_arrives_whole",
    suspects="M13",
    buffers=SMALL,
)
def test_who_takes_nothing_holds_nobody_up(server):
    """who takes nothing holds nobody up, and gets the rest later"""
    slow = server.connect("slow", Sipper)
    first = sip_once(slow)
    for name in ("anna", "ben"):
        server.connect(name).expect(FLYER).expect_eof()
    expect_alone(server)
    slow.expect(FLYER[len(first) :]).expect_eof()


@behaviour(
    "hand_out",
    points=1,
    needs="the_flyer_arrives_whole",
    suspects="M68",
    timing=True,
    buffers=SMALL,
)
def test_it_sleeps_while_nobody_takes(server):
    """while nobody takes what is pending, the server sleeps"""
    sip_once(server.connect("slow", Sipper))
    server.connect("anna").expect(FLYER).expect_eof()
    expect_rest(server)


@behaviour(
    "hand_out",
    points=1,
    needs="the_flyer_arrives_whole",
    suspects="M10",
    buffers=SMALL,
)
def test_who_vanishes_hurts_nobody_else(server):
    """who vanishes with half a flyer hurts nobody else"""
    slow = server.connect("slow", Sipper)
    sip_once(slow)
    slow.reset()
    server.connect("anna").expect(FLYER).expect_eof()


# serve_water: much for everybody, and no waiting ---------------------------


@behaviour("serve_water", points=1)
def test_letters_are_answered(server):
    """a letter is answered with its water, and then the next one"""
    anna = server.connect("anna")
    for letter in (b"c", b"a", b"k"):
        anna.send(letter).expect(water(letter))


@behaviour(
    "serve_water",
    points=1,
    needs="letters_are_answered",
    suspects="M02",
)
def test_letters_may_come_glued(server):
    """letters that come at once are all answered, in their order"""
    gulper = server.connect("gulper", Gulper)
    letters = [b"c", b"a", b"d", b"b"]
    with server.frozen():
        gulper.send_glued(letters)
    gulper.expect(b"".join(map(water, letters)))


@behaviour(
    "serve_water",
    points=1,
    needs="letters_are_answered",
    suspects="M13 M68",
    buffers=SMALL,
)
def test_who_takes_nothing_delays_nobody(server):
    """a reader that takes nothing holds the quick ones up by nothing"""
    thirsty(server, b"x")
    anna, ben = server.connect("anna"), server.connect("ben")
    ben.send(b"c").expect(water(b"c"))
    anna.send(b"k").expect(water(b"k"))
    expect_open(anna, ben)


@behaviour(
    "serve_water",
    points=2,
    needs="letters_are_answered",
    suspects="M04",
    buffers=SMALL,
)
def test_eight_megabytes_arrive_whole(server):
    """8 MB through small buffers arrive whole, and the next answer behind"""
    sipper = server.connect("sipper", Sipper).send(b"xb")
    sipper.expect(water(b"x") + water(b"b"))


@behaviour(
    "serve_water",
    points=1,
    needs="letters_are_answered",
    suspects="M67",
    buffers=SMALL,
)
def test_the_goodbye_comes_after_the_last_byte(server):
    """who finishes sending gets all that was asked for, then end of file"""
    halfcloser = server.connect("halfcloser", HalfCloser)
    # Frozen: the server finds the letters and the end of file in one look.
    with server.frozen():
        halfcloser.send(b"bs")
    halfcloser.expect(water(b"b") + water(b"s")).expect_eof()
    anna = server.connect("anna").send(b"b").expect(water(b"b"))
    with expect_one_descriptor_less(server):
        anna.half_close().expect_eof()
    server.connect("newcomer").send(b"b").expect(water(b"b"))


@behaviour(
    "serve_water",
    points=1,
    needs="letters_are_answered",
    suspects="M10",
    buffers=SMALL,
)
def test_who_vanishes_in_the_middle_hurts_nobody(server):
    """who vanishes, with water pending or without, hurts nobody else"""
    other = server.connect("other").send(b"b").expect(water(b"b"))
    idle = server.connect("idle").send(b"a").expect(water(b"a"))
    sipper = thirsty(server, b"u")
    # Who has finished before it vanishes breaks the pipe.
    hasty = thirsty(server, b"u").half_close()
    with server.frozen():
        sipper.reset()
        hasty.reset()
        idle.reset()
        other.send(b"c")
    other.expect(water(b"c"))
    server.connect("newcomer").send(b"b").expect(water(b"b"))


@behaviour(
    "serve_water",
    points=1,
    needs="letters_are_answered",
    suspects="M07",
    timing=True,
)
def test_it_sleeps_while_nobody_asks(server):
    """while nobody asks for anything, the server sleeps"""
    names = "anna", "ben", "cleo"
    clients = [server.connect(name) for name in names]
    for client in clients:
        client.send(b"k").expect(water(b"k"))
    server.connect("leaver").half_close().expect_eof()
    expect_rest(server)
    expect_kept(server, *clients)


@behaviour(
    "serve_water",
    points=1,
    needs="who_takes_nothing_delays_nobody",
    suspects="M68",
    timing=True,
    buffers=SMALL,
)
def test_it_sleeps_while_nobody_drinks(server):
    """while a reader takes nothing of what is pending, the server sleeps"""
    sipper = thirsty(server, b"u")
    server.connect("anna").send(b"b").expect(water(b"b"))
    # There is some room for it now, and not for all.
    sipper.sip(SMALL)
    expect_rest(server)


@behaviour(
    "serve_water",
    points=1,
    needs="the_goodbye_comes_after_the_last_byte",
    suspects="M68 M06",
    timing=True,
    buffers=SMALL,
)
def test_it_sleeps_though_who_is_slow_has_finished(server):
    """with water pending for who has finished sending, the server sleeps"""
    sipper = server.connect("sipper", Sipper).send(b"u").half_close()
    sip_once(sipper)
    server.connect("anna").send(b"b").expect(water(b"b"))
    expect_rest(server)
    sipper.expect(water(b"u")[1:]).expect_eof()


@behaviour(
    "serve_water",
    points=1,
    needs="who_takes_nothing_delays_nobody",
    suspects="M29",
    buffers=SMALL,
)
def test_one_thread_pours_for_all(server):
    """everybody is looked after by one process and one thread"""
    thirsty(server, b"u")
    server.connect("anna").send(b"b").expect(water(b"b"))
    expect_alone(server)


@behaviour(
    "serve_water",
    points=1,
    needs="who_takes_nothing_delays_nobody",
    suspects="M19",
    buffers=SMALL,
)
def test_memory_is_bounded(server):
    """who asks for 32 MB and takes nothing fills no more than a few MB"""
    anna = server.connect("anna").send(b"u").expect(water(b"u"))
    with expect_little_memory(server, MUCH):
        thirsty(server, b"u" * 32)
    anna.send(b"b").expect(water(b"b"))


# wrong_water: servers, right and wrong, that a client tells apart ------------

wells = partial(
    behaviour,
    "wrong_water",
    points=1,
    driver=meet,
    serves="serve_water",
    suspects="M170",
)
# Below a client that accuses everybody, no wrong server counts.
exposes = partial(wells, needs="no_right_well_is_accused")


@wells(
    servers="with_selectors reads_on_while_it_pours takes_one_order_of_many"
)
def test_no_right_well_is_accused(server):
    """accuses no right server, and exposes one that forgets orders"""
    expect_told_apart(server)


@exposes(servers="turns_until_there_is_room")
def test_all_wait_for_the_slow_one(server):
    """exposes a server that waits for who drinks slowly"""
    expect_told_apart(server)


@exposes(servers="pours_at_once_and_never_again")
def test_what_found_no_room_is_lost(server):
    """exposes a server that pours once, and not the rest"""
    expect_told_apart(server)


@exposes(servers="says_goodbye_too_early")
def test_a_goodbye_before_the_water(server):
    """exposes a server that hangs up with water pending"""
    expect_told_apart(server)
