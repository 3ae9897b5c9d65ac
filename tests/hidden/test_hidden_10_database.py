"""Harder variants of exercise 10's tests, for grading only.

Each guards the points of a visible test and promises nothing new: random
orders against a model, more crashes, a sync that many wait for.
"""

from buckets.behaviour import behaviour
from buckets.conditions import Leap
from buckets.driving.clients import Dribbler, Sipper
from buckets.driving.expect import (
    expect_little_memory,
    expect_same_descriptors,
    until_it_sleeps,
)
from buckets.driving.seed import dice, random_cuts
from buckets.driving.topics.database import (
    Witness,
    answer_requests,
    clerk,
    expect_let_go,
    expect_one_order,
    keep_files,
    keep_store,
    keeper,
    record_history,
    serve_at_a_desk,
    serve_from_memory,
    sit_down,
)

BLOCK_LIMIT = 1 << 20
MUCH = b"0123456789" * 10_000
TOO_LARGE = b"SERVER_ERROR object too large for cache\r\n"


@behaviour(
    "Store",
    needs="flush_ends_what_is_there",
    hardens="what_is_synced_outlives_a_crash",
    driver=keep_store,
)
def test_orders_at_random(server):
    """orders at random, with crashes, give what a dict with times would"""
    chance, anna, now, kept = dice(server), clerk(server), 0, {}
    for _ in range(150):
        key = chance.choice("abcd")
        there = key in kept and kept[key][1] > now
        verb = chance.choice(
            ("put", "put", "touch", "delete", "move", "crash")
        )
        if verb == "put":
            kept[key] = (
                f"v{chance.randint(0, 99)}",
                now + chance.randint(1, 20),
            )
            anna.orders(f"put {key} {kept[key][0]} 0 {kept[key][1]}")
        elif verb == "touch":
            until = now + chance.randint(1, 20)
            anna.orders(f"touch {key} {until}", "yes" if there else "no")
            kept[key] = (kept[key][0], until) if there else ("", 0)
        elif verb == "delete":
            anna.orders(f"delete {key}", "yes" if there else "no")
            kept.pop(key, None)
        elif verb == "move":
            now += 3
            anna.orders("move 3")
        else:
            anna.orders("sweep 2").orders("sync").orders("crash")
    anna.orders("sweep 50").orders("sweep 50").orders("sync")
    left = sorted(key for key in kept if kept[key][1] > now)
    anna.orders("records", " ".join(left) or "none")


@behaviour(
    "Store",
    needs="one_sync_for_many_changes",
    hardens="one_sync_for_many_changes",
    driver=keep_store,
)
def test_a_hundred_changes_are_one_sync(server):
    """whatever else is called syncs nothing, and a hundred changes are one"""
    anna = clerk(server)
    for number in range(100):
        anna.orders(f"put key-{number} x 0 {50 + number}")
    anna.orders("sync").orders("syncs", "1").orders("flush 40")
    anna.orders("move 60").orders("sweep 9").orders("get key-99", "nothing")
    for number in range(100):
        anna.orders(f"put key-{number} y")
    anna.orders("syncs", "1").orders("sync").orders("syncs", "2")


@behaviour(
    "Store",
    needs="sweep_leaves_nothing_behind",
    hardens="sweep_leaves_nothing_behind",
    driver=keep_store,
)
def test_a_sweep_looks_at_so_many_and_no_more(server):
    """of forty that are over, a sweep of five deletes five at the most"""
    anna = clerk(server)
    for number in range(40):
        anna.orders(f"put key-{number} x 0 50")
    anna.orders("sync").orders("move 50").orders("sweep 5").orders("sync")
    anna.orders("more than 34", "yes")


@behaviour(
    "Commands",
    needs="values_are_joined",
    hardens="values_are_joined",
    driver=answer_requests,
)
def test_the_limit_is_a_length_that_may_be_had(server):
    """what append and prepend make may have the whole limit, and no more"""
    anna, rest = server.connect("anna"), BLOCK_LIMIT - 2
    anna.send(b"set a 0 0 %d\r\n%s\r\n" % (rest, bytes(rest)))
    anna.expect(b"STORED\r\n").send(b"append a 0 0 1\r\nx\r\n")
    anna.expect(b"STORED\r\n").send(b"prepend a 0 0 1\r\nx\r\n")
    anna.expect(b"STORED\r\n").send(b"prepend a 0 0 1\r\nx\r\n")
    anna.expect(TOO_LARGE)


@behaviour(
    "Commands",
    needs="some_look_before_they_store",
    hardens="some_look_before_they_store",
    driver=answer_requests,
)
def test_what_is_over_is_there_for_nobody(server):
    """add finds no value that is over, though its record is still there"""
    anna = server.connect("anna").send(b"set a 0 10 1\r\n1\r\nsync\r\n")
    anna.expect(b"STORED\r\nkept\r\n").send(b"move 10\r\n")
    anna.expect(b"moved\r\n").send(b"replace a 0 0 1\r\nx\r\n")
    anna.expect(b"NOT_STORED\r\n").send(b"append a 0 0 1\r\nx\r\n")
    anna.expect(b"NOT_STORED\r\n").send(b"incr a 1\r\n")
    anna.expect(b"NOT_FOUND\r\n").send(b"add a 0 0 1\r\ny\r\n")
    anna.expect(b"STORED\r\n").send(b"get a\r\n")
    anna.expect(b"VALUE a 0 1\r\ny\r\nEND\r\n")


@behaviour(
    "Commands",
    needs="all_is_flushed",
    hardens="all_is_flushed",
    driver=answer_requests,
)
def test_a_flush_in_the_past_is_now(server):
    """a negative delay flushes at once, as a negative time is over at once"""
    anna = server.connect("anna").send(b"set a 0 0 1\r\nx\r\n")
    anna.expect(b"STORED\r\n").send(b"flush_all -1\r\n").expect(b"OK\r\n")
    anna.send(b"get a\r\n").expect(b"END\r\n")


@behaviour(
    "serve_database",
    needs="nothing_behind_quit_is_carried_out",
    hardens="nothing_behind_quit_is_carried_out",
    driver=serve_from_memory,
)
def test_nothing_quiet_behind_quit_is_carried_out(server):
    """nor is what would have no answer, or comes when the end was heard"""
    ben = server.connect("ben").send(b"set a 0 0 1\r\nx\r\n")
    ben.expect(b"STORED\r\n")
    anna = server.connect("anna")
    anna.send(b"quit\r\nset a 0 0 1 noreply\r\ny\r\n").expect_eof()
    # To a connection that is closed the first send() goes, and the next fails.
    for _ in range(3):
        anna.send(b"set a 0 0 1 noreply\r\nz\r\n")
        ben.send(b"get a\r\n").expect(b"VALUE a 0 1\r\nx\r\nEND\r\n")


@behaviour(
    "serve_database",
    needs="nothing_behind_quit_is_carried_out",
    hardens="nothing_behind_quit_is_carried_out",
    driver=serve_from_memory,
    leap=Leap(60, after=1),
)
def test_who_never_leaves_is_left(server):
    """who says quit, and never leaves, is closed when LINGER is over"""
    until_it_sleeps(server)
    before = server.vitals().descriptors
    # Frozen: it has said so when it is let in, and nothing lies in between.
    with server.frozen():
        anna = server.connect("anna").send(b"quit\r\n")
    anna.expect_eof()
    expect_let_go(server, before)


@behaviour(
    "serve_database",
    needs="much_for_who_does_not_read",
    hardens="much_for_who_does_not_read",
    driver=serve_from_memory,
    buffers=4096,
)
def test_little_for_many_who_do_not_read(server):
    """for each of sixteen who do not read no more than about HIGH is kept"""
    ben = server.connect("ben")
    ben.send(b"set a 0 0 %d\r\n%s\r\n" % (len(MUCH), MUCH))
    ben.expect(b"STORED\r\n")
    with expect_little_memory(server, 24 << 20):
        for number in range(16):
            deaf = server.connect(f"deaf-{number + 1}", Sipper)
            deaf.send(b"get a\r\n" * 200)
        ben.send(b"get b\r\n").expect(b"END\r\n")


@behaviour(
    "serve_database",
    needs="requests_in_drops_and_in_one",
    hardens="requests_in_drops_and_in_one",
    driver=serve_from_memory,
)
def test_requests_cut_at_random(server):
    """requests of any bytes, cut at random, are answered in their order"""
    chance, anna = dice(server), server.connect("anna", Dribbler)
    asked, told = b"", b""
    for number in range(60):
        value = bytes(
            chance.choices(b"\r\n ag\x00\xff", k=chance.randint(0, 9))
        )
        line = b"set k%d 3 0 %d\r\n" % (number, len(value))
        asked += line + value + b"\r\nget k%d\r\n" % number
        told += b"STORED\r\nVALUE k%d 3 %d\r\n" % (number, len(value))
        told += value + b"\r\nEND\r\n"
    places, cuts = 0, []
    for piece in random_cuts(chance, asked, 40)[:-1]:
        places += len(piece)
        cuts.append(places)
    anna.send_cut(asked, *cuts).expect(told)


@behaviour(
    "serve_database",
    needs="kept_then_told",
    hardens="kept_then_told",
    driver=serve_at_a_desk,
)
def test_nobody_is_told_of_anything_that_changes(server):
    """incr, delete, append, touch: nobody is told before sync() returns"""
    desk, anna = sit_down(server), server.connect("anna")
    anna.send(b"set n 0 0 1\r\n1\r\n").expect(b"STORED\r\n")
    for line, told in (
        (b"incr n 1\r\n", b"2\r\n"),
        (b"append n 0 0 1\r\n0\r\n", b"STORED\r\n"),
        (b"touch n 600\r\n", b"TOUCHED\r\n"),
        (b"delete n\r\n", b"DELETED\r\n"),
    ):
        desk.holds()
        anna.send(line)
        desk.until_sync()
        anna.expect_silence()
        desk.lets_go()
        anna.expect(told)


@behaviour(
    "serve_database",
    needs="one_order_explains_all_answers",
    hardens="one_order_explains_all_answers",
    driver=serve_from_memory,
)
def test_one_order_though_some_vanish(server):
    """who vanishes in the middle of it changes nothing for the others"""
    clients = [server.connect(name, Witness) for name in "abcdef"]
    with expect_same_descriptors(server, b"get x\r\n", b"END\r\n"):
        for name in ("ghost", "gone", "away"):
            client = server.connect(name).send(b"get k\r\nset k2 0 0 9\r\nabc")
            client.reset()
    expect_one_order(server, record_history(clients, dice(server), 40))


@behaviour(
    "run_database",
    needs="what_was_acknowledged_survives_sigkill",
    hardens="what_was_acknowledged_survives_sigkill",
    driver=keep_files,
)
def test_many_values_survive_sigkill(server):
    """hundreds of values of any length, changed again and again, survive"""
    chance, keep = dice(server), keeper(server)
    anna, kept = server.connect("anna"), {}
    for _ in range(200):
        key, value = (
            b"k%d" % chance.randint(0, 30),
            b"v" * chance.randint(0, 999),
        )
        anna.send(b"set %s 0 0 %d\r\n%s\r\n" % (key, len(value), value))
        anna.expect(b"STORED\r\n")
        kept[key] = value
    keep.ends_it("kill")
    ben = server.connect("ben")
    for key, value in kept.items():
        head = b"VALUE %s 0 %d\r\n" % (key, len(value))
        ben.send(b"get %s\r\n" % key).expect(head + value + b"\r\nEND\r\n")
