"""What exercise 10 promises, tested with real clients on real sockets.

A store is called by a clerk, in words: `put tea green 7 50` puts a value with
flags 7 that expires at 50, by a clock that stands still until it is moved.
Commands answer requests that come one by one. The server's database lives in
memory, where a desk may hold it in the middle of a sync(); the last task has
files, and a keeper who ends the server and lets the next one begin.
"""

from buckets.behaviour import behaviour
from buckets.driving.clients import (
    Dribbler,
    Gulper,
    HalfCloser,
    Sipper,
    Talker,
)
from buckets.driving.expect import (
    expect_alone,
    expect_descriptors,
    expect_ending,
    expect_little_memory,
    expect_one_descriptor_less,
    expect_rest,
    until_it_sleeps,
)
from buckets.driving.seed import dice
from buckets.driving.topics.database import (
    Stranger,
    Witness,
    answer_requests,
    clerk,
    count_together,
    expect_all_and_the_end,
    expect_all_counted,
    expect_lines,
    expect_not_told,
    expect_one_order,
    keep_files,
    keep_store,
    keeper,
    record_history,
    rest_of_line,
    send_sigterm,
    serve_at_a_desk,
    serve_at_a_desk_in_haste,
    serve_from_memory,
    sit_down,
)
from buckets.driving.topics.state_machine import send_at_every_cut

BLOCK_LIMIT = 1 << 20
MUCH = b"0123456789" * 10_000
BAD_LINE = b"CLIENT_ERROR bad command line format\r\n"
BAD_CHUNK = b"CLIENT_ERROR bad data chunk\r\n"
TOO_LARGE = b"SERVER_ERROR object too large for cache\r\n"
NOT_A_NUMBER = (
    b"CLIENT_ERROR cannot increment or decrement non-numeric value\r\n"
)

# Store: values, flags, times and cas numbers in one record ------------------


@behaviour("Store", points=1, driver=keep_store)
def test_what_is_put_can_be_got(server):
    """what is put can be got, until it is deleted"""
    anna = clerk(server).orders("get tea", "nothing")
    anna.orders("put tea green 7 50")
    anna.orders("get tea", "green 7 until 50, cas A")
    anna.orders("put ham %00%FF%0D%0A")
    anna.orders("get ham", "%00%FF%0D%0A 0 for ever, cas B")
    anna.orders("put tea black").orders("put nothing %20 1")
    anna.orders("get tea", "black 0 for ever, cas C")
    anna.orders("delete tea", "yes").orders("get tea", "nothing")
    anna.orders("delete tea", "no").orders("delete cake", "no")


@behaviour(
    "Store",
    points=1,
    needs="what_is_put_can_be_got",
    driver=keep_store,
)
def test_a_value_expires(server):
    """at its time a value is over, and not before; touch moves that time"""
    anna = clerk(server).orders("put tea green 0 50").orders("put ham raw")
    anna.orders("move 49.5").orders("get tea", "green 0 until 50, cas A")
    anna.orders("move 0.5").orders("get tea", "nothing")
    anna.orders("touch tea 90", "no").orders("delete tea", "no")
    anna.orders("get ham", "raw 0 for ever, cas B")
    anna.orders("touch ham 60", "yes")
    anna.orders("get ham", "raw 0 until 60, cas B")
    anna.orders("move 10").orders("get ham", "nothing")
    anna.orders("put cake fresh 0 40").orders("get cake", "nothing")
    anna.orders("touch cake 99", "no")


@behaviour(
    "Store",
    points=1,
    needs="what_is_put_can_be_got",
    driver=keep_store,
)
def test_a_key_has_one_record(server):
    """a key has one record, under that very key, and all is in it"""
    anna = clerk(server).orders("put tea green 7 50").orders("put ham raw")
    anna.orders("put tea black").orders("touch ham 70", "yes")
    anna.orders("sync").orders("records", "ham tea")
    anna.orders("delete tea", "yes").orders("sync").orders("records", "ham")


@behaviour(
    "Store",
    points=1,
    needs="a_key_has_one_record",
    driver=keep_store,
)
def test_what_is_synced_outlives_a_crash(server):
    """what is synced outlives a crash: values, flags, times, deletions"""
    anna = clerk(server).orders("put tea green 7 50").orders("put ham raw 3")
    anna.orders("get tea", "green 7 until 50, cas A")
    anna.orders("sync").orders("crash")
    anna.orders("get tea", "green 7 until 50, cas A")
    anna.orders("put tea black 1")
    anna.orders("touch ham 60", "yes").orders("sync").orders("crash")
    anna.orders("get ham", "raw 3 until 60, cas B")
    anna.orders("delete ham", "yes").orders("sync").orders("crash")
    anna.orders("get ham", "nothing")
    anna.orders("get tea", "black 1 for ever, cas C")


@behaviour(
    "Store",
    points=1,
    needs="what_is_synced_outlives_a_crash",
    driver=keep_store,
)
def test_no_cas_number_comes_twice(server):
    """no cas number comes twice, not even after a restart"""
    anna = clerk(server).orders("put tea green").orders("put ham raw")
    anna.orders("get tea", "green 0 for ever, cas A")
    anna.orders("get ham", "raw 0 for ever, cas B")
    anna.orders("put ham raw").orders("get ham", "raw 0 for ever, cas C")
    # The largest number so far goes with its value.
    anna.orders("delete ham", "yes").orders("sync").orders("crash")
    anna.orders("put ham raw").orders("get ham", "raw 0 for ever, cas D")
    anna.orders("get tea", "green 0 for ever, cas A")


@behaviour(
    "Store",
    points=1,
    needs="what_is_synced_outlives_a_crash",
    driver=keep_store,
)
def test_one_sync_for_many_changes(server):
    """sync() syncs once for all changes, and not at all without one"""
    anna = clerk(server)
    for number in range(9):
        anna.orders(f"put key-{number} x").orders("put tea green")
    anna.orders("delete key-5", "yes").orders("touch key-6 90", "yes")
    anna.orders("syncs", "0").orders("sync").orders("syncs", "1")
    anna.orders("get tea", "green 0 for ever, cas A").orders("sync")
    anna.orders("delete cake", "no").orders("touch cake 5", "no")
    anna.orders("sync").orders("syncs", "1").orders("put tea black")
    anna.orders("sync").orders("syncs", "2")


@behaviour(
    "Store",
    points=1,
    needs="a_value_expires what_is_synced_outlives_a_crash",
    driver=keep_store,
)
def test_flush_ends_what_is_there(server):
    """a flush ends what is there at its time, and nothing that comes later"""
    anna = clerk(server).orders("put tea green")
    anna.orders("get tea", "green 0 for ever, cas A").orders("flush 0")
    anna.orders("get tea", "nothing").orders("delete tea", "no")
    # Its number is new: a flush takes none back.
    anna.orders("put tea black").orders("get tea", "black 0 for ever, cas B")
    anna.orders("flush 20").orders("put ham raw").orders("move 19.5")
    anna.orders("get ham", "raw 0 for ever, cas C")
    # Nobody looks at the very moment.
    anna.orders("move 5.5").orders("put cake fresh")
    anna.orders("get tea", "nothing").orders("get ham", "nothing")
    anna.orders("get cake", "fresh 0 for ever, cas D")
    # A later flush takes the place of one that is to come, across a crash.
    anna.orders("flush 30").orders("flush 40").orders("sync").orders("crash")
    anna.orders("move 10").orders("get cake", "fresh 0 for ever, cas D")
    anna.orders("move 5").orders("get cake", "nothing")
    anna.orders("sync").orders("crash").orders("get cake", "nothing")


@behaviour(
    "Store",
    points=1,
    needs="a_value_expires a_key_has_one_record",
    driver=keep_store,
)
def test_sweep_leaves_nothing_behind(server):
    """sweep and sync leave no record of what is over"""
    anna = clerk(server)
    # These stay, and are more than a sweep looks at.
    pots = [f"pot-{number}" for number in range(7)]
    for pot in pots:
        anna.orders(f"put {pot} x 0 70")
    for number in range(30):
        anna.orders(f"put key-{number} x 0 50")
    anna.orders("put tea green").orders("put ham raw 0 70").orders("sync")
    anna.orders("sweep 100").orders("sweep 100").orders("move 50")
    anna.orders("put key-3 y").orders("delete key-4", "no")
    for _ in range(20):
        anna.orders("sweep 6").orders("sync")
    anna.orders("records", f"ham key-3 {' '.join(pots)} tea")
    anna.orders("get ham", "raw 0 until 70, cas A").orders("flush 50")
    anna.orders("sweep 99").orders("sweep 99").orders("sync")
    anna.orders("records", "none")


# Commands: what memcached says -----------------------------------------------


@behaviour("Commands", points=1, driver=answer_requests)
def test_values_are_set_and_got(server):
    """what is set is got, with its flags and its length; many keys at once"""
    anna = server.connect("anna").send(b"get a\r\n").expect(b"END\r\n")
    anna.send(b"set a 5 0 5\r\nhello\r\n").expect(b"STORED\r\n")
    anna.send(b"get a\r\n").expect(b"VALUE a 5 5\r\nhello\r\nEND\r\n")
    anna.send(b"set b 4294967295 0 4\r\n\r\n\xff\x00\r\n")
    anna.expect(b"STORED\r\n").send(b"get b none a\r\n")
    anna.expect(
        b"VALUE b 4294967295 4\r\n\r\n\xff\x00\r\n"
        b"VALUE a 5 5\r\nhello\r\nEND\r\n"
    )
    anna.send(b"set a 0 0 0\r\n\r\n").expect(b"STORED\r\n")
    anna.send(b"get a\r\n").expect(b"VALUE a 0 0\r\n\r\nEND\r\n")
    anna.send(b"delete a\r\n").expect(b"DELETED\r\n")
    anna.send(b"delete a\r\n").expect(b"NOT_FOUND\r\n")
    anna.send(b"get a\r\n").expect(b"END\r\n")


@behaviour(
    "Commands",
    points=1,
    needs="values_are_set_and_got",
    driver=answer_requests,
)
def test_some_look_before_they_store(server):
    """add stores what is not there, replace what is; empty is there"""
    anna = server.connect("anna")
    anna.send(b"replace a 0 0 1\r\nx\r\n").expect(b"NOT_STORED\r\n")
    anna.send(b"add a 7 0 0\r\n\r\n").expect(b"STORED\r\n")
    anna.send(b"add a 0 0 1\r\ny\r\n").expect(b"NOT_STORED\r\n")
    anna.send(b"get a\r\n").expect(b"VALUE a 7 0\r\n\r\nEND\r\n")
    anna.send(b"replace a 2 0 1\r\nz\r\n").expect(b"STORED\r\n")
    anna.send(b"get a\r\n").expect(b"VALUE a 2 1\r\nz\r\nEND\r\n")


@behaviour(
    "Commands",
    points=1,
    needs="values_are_set_and_got",
    driver=answer_requests,
)
def test_cas_stores_what_nobody_has_changed(server):
    """cas stores only if nobody has changed the value since gets"""
    anna = server.connect("anna").send(b"set a 0 0 1\r\nx\r\n")
    anna.expect(b"STORED\r\n")
    first = cas_number(anna, b"gets a\r\n", b"VALUE a 0 1 ", b"x")
    cas(anna, b"a", first, b"STORED\r\n")
    cas(anna, b"a", first, b"EXISTS\r\n")
    cas(anna, b"b", first, b"NOT_FOUND\r\n")
    second = cas_number(anna, b"gets a\r\n", b"VALUE a 3 1 ", b"7")
    # Another time is no change of the value.
    anna.send(b"touch a 0\r\n").expect(b"TOUCHED\r\n").send(b"gat 0 a\r\n")
    anna.expect(b"VALUE a 3 1\r\n7\r\nEND\r\n")
    cas(anna, b"a", second, b"STORED\r\n")
    # The same value again is one.
    third = cas_number(anna, b"gats 0 a\r\n", b"VALUE a 3 1 ", b"7")
    anna.send(b"set a 3 0 1\r\n7\r\n").expect(b"STORED\r\n")
    cas(anna, b"a", third, b"EXISTS\r\n")
    fourth = cas_number(anna, b"gets a\r\n", b"VALUE a 3 1 ", b"7")
    anna.send(b"incr a 1\r\n").expect(b"8\r\n")
    cas(anna, b"a", fourth, b"EXISTS\r\n")
    fifth = cas_number(anna, b"gets a\r\n", b"VALUE a 3 1 ", b"8")
    anna.send(b"append a 0 0 1\r\n0\r\n").expect(b"STORED\r\n")
    cas(anna, b"a", fifth, b"EXISTS\r\n")


def cas_number(client, line, head, value):
    """What this line gets: the number behind `head`, in one value."""
    client.send(line).expect_next(head)
    number = rest_of_line(client)
    client.expect(value + b"\r\nEND\r\n")
    return int(number) if number.isdigit() else 0


def cas(client, key, number, answer):
    """Store 7 with flags 3, if the value still has this number."""
    line = b"cas %s 3 0 1 %d\r\n7\r\n" % (key, number)
    client.send(line).expect(answer)


@behaviour(
    "Commands",
    points=1,
    needs="values_are_set_and_got",
    driver=answer_requests,
)
def test_values_are_joined(server):
    """append and prepend keep flags and time, and know the limit"""
    anna = server.connect("anna")
    anna.send(b"append a 0 0 1\r\nx\r\n").expect(b"NOT_STORED\r\n")
    anna.send(b"prepend a 0 0 1\r\nx\r\n").expect(b"NOT_STORED\r\n")
    anna.send(b"set a 6 20 2\r\nin\r\n").expect(b"STORED\r\n")
    anna.send(b"append a 0 0 2\r\nto\r\n").expect(b"STORED\r\n")
    anna.send(b"prepend a 9 90 3\r\n\r\n \r\n").expect(b"STORED\r\n")
    anna.send(b"get a\r\n").expect(b"VALUE a 6 7\r\n\r\n into\r\nEND\r\n")
    rest = BLOCK_LIMIT - 6
    for verb in (b"append", b"prepend"):
        anna.send(b"%s a 0 0 %d\r\n%s\r\n" % (verb, rest, bytes(rest)))
        anna.expect(TOO_LARGE)
    anna.send(b"get a\r\n").expect(b"VALUE a 6 7\r\n\r\n into\r\nEND\r\n")
    anna.send(b"move 20\r\n").expect(b"moved\r\n")
    anna.send(b"get a\r\n").expect(b"END\r\n")
    anna.send(b"set b 3 0 0\r\n\r\n").expect(b"STORED\r\n")
    anna.send(b"append b 0 0 1\r\nx\r\n").expect(b"STORED\r\n")
    anna.send(b"get b\r\n").expect(b"VALUE b 3 1\r\nx\r\nEND\r\n")


@behaviour(
    "Commands",
    points=1,
    needs="values_are_set_and_got",
    driver=answer_requests,
)
def test_numbers_are_counted(server):
    """incr wraps at 2^64, decr ends at 0; flags and time stay"""
    anna = server.connect("anna").send(b"incr n 1\r\n")
    anna.expect(b"NOT_FOUND\r\n").send(b"set n 4 30 2\r\n10\r\n")
    anna.expect(b"STORED\r\n").send(b"incr n 5\r\n").expect(b"15\r\n")
    anna.send(b"decr n 6\r\n").expect(b"9\r\n")
    anna.send(b"get n\r\n").expect(b"VALUE n 4 1\r\n9\r\nEND\r\n")
    anna.send(b"decr n 100\r\n").expect(b"0\r\n")
    anna.send(b"incr n 18446744073709551615\r\n")
    anna.expect(b"18446744073709551615\r\n")
    anna.send(b"incr n 3\r\n").expect(b"2\r\n")
    anna.send(b"move 30\r\n").expect(b"moved\r\n")
    anna.send(b"incr n 1\r\n").expect(b"NOT_FOUND\r\n")
    # Of more than 4,300 digits int() makes no number, but a ValueError.
    digits = b"1" * 5000
    for value in (b"ten", b"-1", b"", digits, b"18446744073709551616"):
        anna.send(b"set n 0 0 %d\r\n%s\r\n" % (len(value), value))
        anna.expect(b"STORED\r\n").send(b"incr n 1\r\n").expect(NOT_A_NUMBER)
    anna.send(b"decr n 1\r\n").expect(NOT_A_NUMBER).send(b"get n\r\n")
    anna.expect(b"VALUE n 0 20\r\n%d\r\nEND\r\n" % 2**64)


@behaviour(
    "Commands",
    points=1,
    needs="values_are_set_and_got",
    driver=answer_requests,
)
def test_a_time_is_one_of_four(server):
    """a time is never, at once, from now, or by the calendar"""
    anna = server.connect("anna")
    month = 30 * 24 * 60 * 60
    # @9 is what the calendar says 9 seconds after the beginning.
    for key, until in ("never", 0), ("ten", 10), ("month", month):
        anna.send(b"set %s 0 %d 1\r\nx\r\n" % (key.encode(), until))
        anna.expect(b"STORED\r\n")
    anna.send(b"set nine 0 @9 1\r\nx\r\n").expect(b"STORED\r\n")
    anna.send(b"set gone 0 -1 1\r\nx\r\n").expect(b"STORED\r\n")
    anna.send(b"set past 0 %d 1\r\nx\r\n" % (month + 1)).expect(b"STORED\r\n")
    keys = b"get never ten month nine gone past\r\n"
    anna.send(keys).expect(values("never", "ten", "month", "nine"))
    anna.send(b"move 9\r\n").expect(b"moved\r\n")
    anna.send(keys).expect(values("never", "ten", "month"))
    anna.send(b"move %d\r\n" % (month - 10)).expect(b"moved\r\n")
    anna.send(keys).expect(values("never", "month"))
    anna.send(b"move 1\r\n").expect(b"moved\r\n")
    anna.send(keys).expect(values("never"))


def values(*keys):
    """What get says where each of these has the value x."""
    found = [b"VALUE %s 0 1\r\nx\r\n" % key.encode() for key in keys]
    return b"".join(found) + b"END\r\n"


@behaviour(
    "Commands",
    points=1,
    needs="a_time_is_one_of_four",
    driver=answer_requests,
)
def test_times_are_touched(server):
    """touch and gat let a value expire at another time"""
    anna = server.connect("anna").send(b"touch a 5\r\n")
    anna.expect(b"NOT_FOUND\r\n").send(b"set a 0 10 1\r\nx\r\n")
    anna.expect(b"STORED\r\n").send(b"touch a 20\r\n").expect(b"TOUCHED\r\n")
    anna.send(b"set b 0 10 1\r\nx\r\n").expect(b"STORED\r\n")
    anna.send(b"move 9\r\n").expect(b"moved\r\n")
    anna.send(b"gat 20 none b\r\n").expect(values("b"))
    anna.send(b"move 10\r\n").expect(b"moved\r\n")
    anna.send(b"get a b\r\n").expect(values("a", "b"))
    anna.send(b"move 1\r\n").expect(b"moved\r\n")
    anna.send(b"get a b\r\n").expect(values("b"))
    anna.send(b"gats 5 b\r\n")
    rest_of_line(anna.expect_next(b"VALUE b 0 1 "))
    anna.expect(b"x\r\nEND\r\n").send(b"move 5\r\n").expect(b"moved\r\n")
    anna.send(b"touch b 0\r\n").expect(b"NOT_FOUND\r\n")


@behaviour(
    "Commands",
    points=1,
    needs="values_are_set_and_got",
    driver=answer_requests,
)
def test_all_is_flushed(server):
    """flush_all ends all that is there, now or in so many seconds"""
    anna = server.connect("anna").send(b"set a 0 0 1\r\nx\r\n")
    anna.expect(b"STORED\r\n").send(b"flush_all\r\n").expect(b"OK\r\n")
    anna.send(b"get a\r\n").expect(b"END\r\n")
    anna.send(b"add a 0 0 1\r\nx\r\n").expect(b"STORED\r\n")
    anna.send(b"flush_all 10\r\n").expect(b"OK\r\n")
    anna.send(b"get a\r\n").expect(values("a"))
    anna.send(b"move 10\r\n").expect(b"moved\r\n")
    anna.send(b"set b 0 0 1\r\nx\r\n").expect(b"STORED\r\n")
    anna.send(b"get a b\r\n").expect(values("b"))
    anna.send(b"flush_all 0\r\n").expect(b"OK\r\n")
    anna.send(b"get b\r\n").expect(b"END\r\n")
    anna.send(b"set b 0 0 1\r\nx\r\n").expect(b"STORED\r\n")
    # By the calendar, 9 seconds from here.
    anna.send(b"flush_all @19\r\n").expect(b"OK\r\n")
    anna.send(b"get b\r\n").expect(values("b"))
    anna.send(b"move 9\r\n").expect(b"moved\r\n")
    anna.send(b"get b\r\n").expect(b"END\r\n")


@behaviour(
    "Commands",
    points=1,
    needs="values_are_set_and_got",
    driver=answer_requests,
)
def test_quiet_requests_are_carried_out(server):
    """who asks for no reply gets none, and is obeyed; the rest of the words"""
    anna = server.connect("anna")
    for line in (
        b"set a 0 0 1 noreply\r\n5\r\n",
        b"incr a 4 noreply\r\n",
        b"append a 0 0 1 noreply\r\n0\r\n",
        b"add a 0 0 1 noreply\r\n5\r\n",
        b"delete none noreply\r\n",
        b"touch a 9 noreply\r\n",
        b"verbosity 1 noreply\r\n",
    ):
        anna.send(line)
    anna.send(b"get a\r\n").expect(b"VALUE a 0 2\r\n90\r\nEND\r\n")
    anna.send(b"flush_all noreply\r\n")
    anna.send(b"verbosity 1\r\n").expect(b"OK\r\n")
    anna.send(b"cache_memlimit 64\r\n").expect(b"OK\r\n")
    anna.send(b"get a\r\n").expect(b"END\r\n")
    anna.send(b"version\r\n").expect(b"VERSION 1.0.0\r\n")
    anna.send(b"stats reset\r\n").expect(b"RESET\r\n")
    anna.send(b"stats settings\r\n").expect(b"END\r\n").send(b"stats\r\n")
    expect_lines(anna.expect_next(b"STAT "), b"STAT ", b"END")


# serve_database: one process, one thread, no lock ----------------------------


@behaviour("serve_database", points=1, driver=serve_from_memory)
def test_a_stranger_can_use_it(server):
    """pymemcache, which nobody here wrote, can use it"""
    one, two = (server.connect(name, Stranger) for name in ("anna", "ben"))
    one.does("set", "tea", "green", noreply=False, gives=True)
    two.does("get", "tea", gives=b"green")
    two.does("get_many", ["tea", "ham"], gives={"tea": b"green"})
    one.does("append", "tea", b", hot", noreply=False, gives=True)
    number = two.cas_of("tea")
    one.does("set", "tea", "black", noreply=False, gives=True)
    two.does("cas", "tea", "white", number, noreply=False, gives=False)
    two.does("get", "tea", gives=b"black")
    one.does("set_many", {"n": "41", "m": "x"}, noreply=False, gives=[])
    two.does("incr", "n", 1, gives=42)
    one.does("delete", "m", noreply=False, gives=True)
    one.does("flush_all", noreply=False, gives=True)
    two.does("get", "n", gives=None)


@behaviour(
    "serve_database",
    points=1,
    needs="a_stranger_can_use_it",
    driver=serve_from_memory,
)
def test_requests_in_drops_and_in_one(server):
    """requests come in drops or a thousand in one; errors have their place"""
    anna = server.connect("anna", Dribbler)
    stream = b"set a 0 0 4\r\n\r\n\xff\r\r\nwhat\r\nget a\r\n"
    answers = b"STORED\r\nERROR\r\nVALUE a 0 4\r\n\r\n\xff\r\r\nEND\r\n"
    send_at_every_cut(anna, stream, answers)
    ben = server.connect("ben", Gulper)
    with server.frozen():
        ben.send_glued([b"set n 0 0 1\r\n0\r\nset a 0 0 1\r\nhello\r\n"])
        ben.send_glued([b"get\tn\r\nincr n x\r\n"])
        # A word that is due is that word, also where it reads noreply.
        ben.send_glued([b"incr n noreply\r\ndelete noreply\r\n"])
        ben.send_glued([b"incr n 1\r\n"] * 1000)
    told = b"STORED\r\n" + BAD_CHUNK + b"ERROR\r\n"
    told += 2 * b"CLIENT_ERROR invalid numeric delta argument\r\n"
    told += b"NOT_FOUND\r\n"
    ben.expect(told + b"".join(b"%d\r\n" % n for n in range(1, 1001)))


@behaviour(
    "serve_database",
    points=1,
    needs="requests_in_drops_and_in_one",
    driver=serve_from_memory,
)
def test_nothing_in_a_block_is_carried_out(server):
    """nothing in a refused block, or behind a last refusal, is carried out"""
    anna = server.connect("anna")
    evil = b"set evil 0 0 1\r\nx\r\n"
    large = evil * (2 + BLOCK_LIMIT // len(evil))
    anna.send(b"set a 0 0 %d\r\n%s\r\nget a\r\n" % (len(large), large))
    anna.expect(TOO_LARGE + b"END\r\n")
    anna.send(b"set %s 0 0 %d\r\n" % (b"k" * 251, len(evil)))
    anna.send(evil + b"\r\nget evil\r\n").expect(BAD_LINE + b"END\r\n")
    anna.send(b"set a 0 0\r\nget evil\r\n").expect(BAD_LINE).expect_eof()
    ben = server.connect("ben").send(b"set a 0 0 many\r\n" + evil)
    ben.expect(BAD_LINE).expect_eof()
    exact = b"x" * BLOCK_LIMIT
    cleo = server.connect("cleo").send(b"get evil\r\n").expect(b"END\r\n")
    key = b"k" * 250
    cleo.send(b"set %s 0 0 %d\r\n%s\r\n" % (key, len(exact), exact))
    cleo.expect(b"STORED\r\n").send(b"get %s\r\n" % key)
    cleo.expect(b"VALUE %s 0 %d\r\n%s\r\nEND\r\n" % (key, len(exact), exact))


@behaviour(
    "serve_database",
    points=1,
    needs="requests_in_drops_and_in_one",
    suspects="M09",
    driver=serve_from_memory,
    buffers=4096,
)
def test_nothing_behind_quit_is_carried_out(server):
    """quit and the end of file: first the answers, then the end, no more"""
    anna, ben = server.connect("anna"), server.connect("ben", HalfCloser)
    cleo = server.connect("cleo").send(b"get a\r\n").expect(b"END\r\n")
    ben.send(b"set b 0 0 1\r\nx\r\nget b\r\nset a 0 0 1\r\n")
    ben.expect(b"STORED\r\n" + values("b")).expect_eof()
    with expect_one_descriptor_less(server):
        with server.frozen():
            anna.send(b"set c 0 0 1\r\nx\r\nget c\r\nquit\r\n")
            anna.send(b"set a 0 0 1\r\nx\r\n")
        # Whoever hears the end goes, too. Until then a server may linger, so
        # that what lies unread is no reason to cut the answer off.
        anna.expect(b"STORED\r\n" + values("c")).expect_eof().close()
    cleo.send(b"get a b c\r\n").expect(values("b", "c"))
    # Behind the next goodbyes comes more than all buffers take, and it lies
    # there unread while the answers wait for room.
    cleo.send(b"set m 0 0 %d\r\n%s\r\n" % (len(MUCH), MUCH))
    told = b"VALUE m 0 %d\r\n%s\r\nEND\r\n" % (len(MUCH), MUCH) * 9
    cleo.expect(b"STORED\r\n")
    for name, goodbye, last in (
        ("finn", b"quit\r\n", b""),
        ("gus", b"set a 0 0 many\r\n", BAD_LINE),
    ):
        talker = server.connect(name, Talker)
        with server.frozen():
            talker.send(b"get m\r\n" * 9 + goodbye)
            talker.talk(b"set a 0 0 1\r\nx\r\n", most=8 << 20).until_full()
        until_it_sleeps(server)
        expect_all_and_the_end(talker, told + last)
        talker.close()
    cleo.send(b"get a\r\n").expect(b"END\r\n")


@behaviour(
    "serve_database",
    points=1,
    needs="requests_in_drops_and_in_one",
    driver=serve_from_memory,
)
def test_no_update_is_lost(server):
    """eight clients add 500 times each: all 4,000 count, without a lock"""
    names = ("anna", "ben", "cleo", "dan", "eve", "finn", "gus", "hana")
    clients = [server.connect(name) for name in names]
    clients[0].send(b"set n 0 0 1\r\n0\r\n").expect(b"STORED\r\n")
    expect_all_counted(server, count_together(clients, 500))
    clients[0].send(b"get n\r\n").expect(b"VALUE n 0 4\r\n4000\r\nEND\r\n")
    expect_alone(server)
    expect_rest(server)


@behaviour(
    "serve_database",
    points=2,
    needs="requests_in_drops_and_in_one",
    driver=serve_at_a_desk,
)
def test_kept_then_told(server):
    """nobody hears of a change before sync() has returned"""
    desk = sit_down(server)
    early, anna, late = (server.connect(n) for n in ("early", "anna", "late"))
    for client in (early, anna, late):
        client.send(b"get a\r\n").expect(b"END\r\n")
    desk.holds()
    with server.frozen():
        anna.send(b"set a 0 0 1\r\nx\r\nget a\r\n")
        early.send(b"get a\r\n")
        late.send(b"get a\r\n")
    desk.until_sync()
    anna.expect_silence()
    # Whoever is told of a value that may be lost is told too early, too.
    expect_not_told(early, b"VALUE")
    expect_not_told(late, b"VALUE")
    desk.lets_go()
    anna.expect(b"STORED\r\n" + values("a"))
    anna.send(b"delete a\r\n").expect(b"DELETED\r\n")


@behaviour(
    "serve_database",
    points=1,
    needs="kept_then_told",
    driver=serve_at_a_desk,
)
def test_one_sync_serves_a_turn(server):
    """one sync serves all who ask in one turn; who reads needs none"""
    desk, names = sit_down(server), "abcdefgh"
    clients = [server.connect(name) for name in names]
    for client in clients:
        client.send(b"get n\r\n").expect(b"END\r\n")
    desk.expect_syncs(0)
    with server.frozen():
        for client, name in zip(clients, names, strict=True):
            client.send(b"set %s 0 0 1\r\nx\r\nget n\r\n" % name.encode())
    for client in clients:
        client.expect(b"STORED\r\nEND\r\n")
    desk.expect_syncs(1).starts_to_count()
    clients[0].send(b"get a b\r\n").expect(values("a", "b"))
    clients[0].send(b"delete none\r\n").expect(b"NOT_FOUND\r\n")
    desk.expect_syncs(0)


@behaviour(
    "serve_database",
    points=1,
    needs="kept_then_told",
    driver=serve_at_a_desk_in_haste,
)
def test_what_is_over_is_swept(server):
    """what is over goes out of the database, though nobody asks for it"""
    desk, anna = sit_down(server), server.connect("anna")
    for number in range(5):
        anna.send(b"set over-%d 0 -1 1\r\nx\r\n" % number)
        anna.expect(b"STORED\r\n")
    anna.send(b"set a 0 0 1\r\nx\r\n").expect(b"STORED\r\n")
    desk.expect_records(1, meanwhile=anna)
    anna.send(b"get a\r\n").expect(values("a"))


@behaviour(
    "serve_database",
    points=1,
    needs="requests_in_drops_and_in_one",
    driver=serve_from_memory,
    buffers=4096,
)
def test_much_for_who_does_not_read(server):
    """whoever reads nothing, or slowly, or vanishes, harms nobody"""
    ben = server.connect("ben")
    ben.send(b"set a 0 0 %d\r\n%s\r\n" % (len(MUCH), MUCH))
    ben.expect(b"STORED\r\n")
    value = b"VALUE a 0 %d\r\n%s\r\nEND\r\n" % (len(MUCH), MUCH)
    with expect_little_memory(server, 24 << 20):
        sipper, slow = (
            server.connect(name, Sipper) for name in ("sipper", "slow")
        )
        sipper.send(b"get a\r\n" * 20 + b"quit\r\n")
        until_it_sleeps(server)
        slow.send(b"get a\r\n" * 9).half_close()
        greedy = server.connect("greedy", Talker)
        with server.frozen():
            greedy.talk(b"get a\r\n", most=48 << 20).until_full()
        ben.send(b"get b\r\n").expect(b"END\r\n")
    ben.send(b"get b\r\n").expect(b"END\r\n")
    sipper.expect(value * 20).expect_eof()
    slow.expect(value * 9).expect_eof()
    vanish_with_answers_due(server, greedy)
    ben.send(b"get b\r\n").expect(b"END\r\n")
    vanishes_behind_its_end(server)
    # In the turn that meets the error ben may still be answered.
    for _ in range(2):
        ben.send(b"get b\r\n").expect(b"END\r\n")


def vanish_with_answers_due(server, greedy):
    """Two go, and what they asked for waits, or has not been made yet."""
    ghost = server.connect("ghost").send(b"get b\r\n").expect(b"END\r\n")
    before = server.vitals().descriptors
    with server.frozen():
        greedy.reset()
        # It is read, and nobody is there any more who could be told.
        ghost.send(b"get a\r\n").reset()
    expect_descriptors(server, before - 2)


def vanishes_behind_its_end(server):
    """Who vanishes after its own end of file leaves another error: EPIPE."""
    leaver = server.connect("leaver", Sipper)
    leaver.send(b"get a\r\n" * 9).half_close()
    until_it_sleeps(server)
    with server.frozen():
        leaver.reset()


@behaviour(
    "serve_database",
    points=1,
    needs="no_update_is_lost",
    driver=serve_from_memory,
)
def test_one_order_explains_all_answers(server):
    """what eight clients read and write fits one order: it is linearizable"""
    clients = [server.connect(name, Witness) for name in "abcdefgh"]
    history = record_history(clients, dice(server), 24)
    expect_one_order(server, history)


# run_database: the next one finds what was promised --------------------------


@behaviour("run_database", points=1, driver=keep_files)
def test_it_serves_its_files_until_sigterm(server):
    """it serves what is at its path, and SIGTERM ends it, whoever is silent"""
    keep = keeper(server)
    anna, silent = server.connect("anna", Stranger), server.connect("silent")
    anna.does("set", "tea", "green", noreply=False, gives=True)
    anna.does("get", "tea", gives=b"green")
    # Awake, it would look at whatever a handler has noted before it sleeps.
    until_it_sleeps(server)
    keep.ends_it("term")
    silent.close()
    ben = server.connect("ben").send(b"get none\r\n").expect(b"END\r\n")
    send_sigterm(server)
    expect_ending(server, "returned")
    ben.expect_eof()


@behaviour(
    "run_database",
    points=2,
    needs="it_serves_its_files_until_sigterm",
    driver=keep_files,
)
def test_all_is_there_after_sigterm(server):
    """after SIGTERM the next one finds values, flags, times, cas numbers"""
    keep, anna = keeper(server), server.connect("anna")
    anna.send(b"set a 7 0 5\r\nhello\r\nset b 0 600 1\r\nx\r\ngets a\r\n")
    anna.expect_next(b"STORED\r\nSTORED\r\nVALUE a 7 5 ")
    number = rest_of_line(anna)
    anna.expect(b"hello\r\nEND\r\n").send(b"set n 0 0 1\r\n9\r\nincr n 1\r\n")
    anna.expect(b"STORED\r\n10\r\n").send(b"set c 0 0 1\r\nx\r\ndelete c\r\n")
    anna.expect(b"STORED\r\nDELETED\r\n")
    # By the calendar: a billion seconds were over in 2001, four are in 2096.
    anna.send(b"set late 0 4000000000 1\r\nx\r\n").expect(b"STORED\r\n")
    anna.send(b"set over 0 1000000000 1\r\nx\r\n").expect(b"STORED\r\n")
    keep.ends_it("term")
    ben = server.connect("ben").send(b"get b c over late n a\r\n")
    ben.expect(
        b"VALUE b 0 1\r\nx\r\nVALUE late 0 1\r\nx\r\nVALUE n 0 2\r\n10\r\n"
        b"VALUE a 7 5\r\nhello\r\nEND\r\n"
    )
    ben.send(b"cas a 0 0 2 %s\r\nhi\r\n" % number).expect(b"STORED\r\n")
    ben.send(b"cas a 0 0 2 %s\r\nhi\r\n" % number).expect(b"EXISTS\r\n")


@behaviour(
    "run_database",
    points=2,
    needs="it_serves_its_files_until_sigterm",
    driver=keep_files,
)
def test_what_was_acknowledged_survives_sigkill(server):
    """after SIGKILL at rest the next one finds all that was acknowledged"""
    keep, anna = keeper(server), server.connect("anna")
    long, short = b"l" * 3000, b"s" * 10
    for key, value in ((b"a", long), (b"b", short), (b"c", short)):
        anna.send(b"set %s 3 0 %d\r\n%s\r\n" % (key, len(value), value))
        anna.expect(b"STORED\r\n")
    # Longer, and shorter: their places in the file, and the index, change.
    anna.send(
        b"set a 1 0 10\r\n%s\r\nset b 2 0 3000\r\n%s\r\n" % (short, long)
    )
    anna.expect(b"STORED\r\nSTORED\r\n").send(b"delete c\r\n")
    anna.expect(b"DELETED\r\n").send(b"set n 0 0 2\r\n99\r\nincr n 1\r\n")
    anna.expect(b"STORED\r\n100\r\n")
    keep.ends_it("kill")
    told = b"VALUE a 1 10\r\n%s\r\nVALUE b 2 3000\r\n%s\r\n" % (short, long)
    ben = server.connect("ben").send(b"get a b c n\r\n")
    ben.expect(told + b"VALUE n 0 3\r\n100\r\nEND\r\n")


@behaviour(
    "run_database",
    points=1,
    needs="it_serves_its_files_until_sigterm",
    driver=keep_files,
)
def test_not_all_is_in_memory(server):
    """40 MB are stored and found again, and are not all kept in memory"""
    keeper(server, first=False)
    anna, block = server.connect("anna"), b"x" * 1_000_000
    anna.send(b"get none\r\n").expect(b"END\r\n")
    with expect_little_memory(server, 30 << 20):
        for number in range(40):
            anna.send(b"set k%d 0 0 %d\r\n" % (number, len(block)))
            anna.send(block + b"\r\n").expect(b"STORED\r\n")
        for number in (0, 20, 39):
            anna.send(b"get k%d\r\n" % number)
            head = b"VALUE k%d 0 %d\r\n" % (number, len(block))
            anna.expect(head + block + b"\r\nEND\r\n")
