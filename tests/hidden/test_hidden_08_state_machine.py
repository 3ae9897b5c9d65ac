"""Harder variants of exercise 08's tests, for grading only.

Each guards the points of a visible test and promises nothing new: random
streams, random cuts, the edges of the limits, an end in every state.
"""

from functools import partial

from buckets.behaviour import behaviour
from buckets.conditions import Mishap
from buckets.driving.clients import Client, Dribbler, HalfCloser
from buckets.driving.expect import (
    expect_alone,
    expect_rest,
    expect_same_descriptors,
)
from buckets.driving.seed import dice, random_cuts
from buckets.driving.topics.break_it import expect_told_apart, meet
from buckets.driving.topics.state_machine import (
    feed_parsers,
    lines,
    refusal,
    request,
)

LINE_LIMIT = 1024
BLOCK_LIMIT = 16_384

BAD_FORMAT = b"CLIENT_ERROR bad command line format"
BAD_CHUNK = b"CLIENT_ERROR bad data chunk"
TOO_LONG = b"CLIENT_ERROR line too long"
TOO_LARGE = b"SERVER_ERROR object too large for cache"


def dribble(client, pieces):
    """Send `pieces` one by one, as one line of the story."""
    places, cuts = 0, []
    for piece in pieces[:-1]:
        places += len(piece)
        cuts.append(places)
    return client.send_cut(b"".join(pieces), *cuts)


# LineParser ------------------------------------------------------------------


@behaviour(
    "LineParser",
    needs="a_line_may_be_cut_anywhere",
    hardens="a_line_may_be_cut_anywhere",
    suspects="M75 M03",
    driver=feed_parsers,
)
def test_lines_of_anything_cut_at_random(server):
    """lines of any bytes, cut at random, are found"""
    chance = dice(server)
    anna = server.connect("anna", Dribbler)
    found = []
    for _ in range(40):
        line = bytes(
            chance.choices(b"ab \r\n\x00\xff", k=chance.randint(0, 9))
        )
        found.append(line.replace(b"\r\n", b"-").strip(b"\r\n") + b".")
    found.append(b"a long one " * 20)
    stream = b"".join(line + b"\r\n" for line in found)
    dribble(anna, random_cuts(chance, stream, 9)).expect(lines(*found))


# RequestParser ---------------------------------------------------------------


def random_request(chance):
    """What a client sends, and what is found in it."""
    key = b"key-%d" % chance.randint(0, 9)
    if chance.random() < 0.4:
        line = chance.choice([b"get %s", b"delete %s", b"get a %s b"]) % key
        return line + b"\r\n", request(line)
    block = bytes(
        chance.choices(b"get a\r\n\x00\xff", k=chance.randint(0, 30))
    )
    line = b"set %s 0 0 %d" % (key, len(block))
    return line + b"\r\n" + block + b"\r\n", request(line, block)


def random_stream(chance, count):
    """Many requests glued together, and what is found in them."""
    both = [random_request(chance) for _ in range(count)]
    return b"".join(sent for sent, _ in both), b"".join(
        found for _, found in both
    )


@behaviour(
    "RequestParser",
    needs="every_cut_of_a_recorded_stream",
    hardens="every_cut_of_a_recorded_stream",
    suspects="M75 M76",
    driver=feed_parsers,
)
def test_a_random_stream_in_random_pieces(server):
    """a random stream in random pieces is found whole"""
    chance = dice(server)
    anna = server.connect("anna", Dribbler)
    for most in (3, 20, 200):
        stream, found = random_stream(chance, 12)
        dribble(anna, random_cuts(chance, stream, most)).expect(found)


@behaviour(
    "RequestParser",
    needs="one_feed_may_hold_many_requests",
    hardens="one_feed_may_hold_many_requests",
    suspects="M78",
    driver=feed_parsers,
)
def test_a_thousand_requests_in_one_feed(server):
    """a thousand requests in one go are all found"""
    chance = dice(server)
    stream, found = random_stream(chance, 1000)
    anna = server.connect("anna")
    with server.frozen():
        anna.send(stream)
    anna.expect(found)


@behaviour(
    "RequestParser",
    needs="each_client_has_its_own_machine",
    hardens="each_client_has_its_own_machine",
    suspects="M79",
    driver=feed_parsers,
)
def test_three_clients_take_turns(server):
    """three clients send their streams in turns, piece by piece"""
    chance = dice(server)
    clients = [
        server.connect(name, Dribbler) for name in ("anna", "ben", "cleo")
    ]
    streams = [random_stream(chance, 4) for _ in clients]
    pieces = [random_cuts(chance, stream, 25) for stream, _ in streams]
    while any(pieces):
        turn = chance.choice([n for n, left in enumerate(pieces) if left])
        clients[turn].send_cut(pieces[turn].pop(0))
    for client, (_, found) in zip(clients, streams, strict=True):
        client.expect(found)


# CarefulParser ---------------------------------------------------------------


@behaviour(
    "CarefulParser",
    needs="too_long_a_line_is_refused",
    hardens="too_long_a_line_is_refused",
    suspects="M47",
    driver=feed_parsers,
)
def test_the_edges_of_the_line_limit(server):
    """the limit is one line's with its end, and not that of many"""
    anna = server.connect("anna", Dribbler)
    longest = b"get " + b"x" * (LINE_LIMIT - 6)
    for cut in (LINE_LIMIT - 2, LINE_LIMIT - 1):
        anna.send_cut(longest + b"\r\n", cut).expect(request(longest))
    anna.send_cut(b"get a\r\n" * 500).expect(request(b"get a") * 500)
    over = longest + b"x\r\n"
    for cut in (LINE_LIMIT - 1, LINE_LIMIT, 5):
        anna.send_cut(over + b"quit\r\n", cut)
        anna.expect(refusal(TOO_LONG) + request(b"quit"))
    # A lone \r does not end it, and two of them do not hide its end.
    anna.send_cut(longest + b"\rx\r\r\nget b\r\n", LINE_LIMIT + 2)
    anna.expect(refusal(TOO_LONG) + request(b"get b"))


@behaviour(
    "CarefulParser",
    needs="too_large_a_block_is_skipped",
    hardens="too_large_a_block_is_skipped",
    suspects="M77 M47",
    driver=feed_parsers,
)
def test_the_edges_of_the_block_limit(server):
    """a block of BLOCK_LIMIT bytes is taken, one byte more is not"""
    chance = dice(server)
    anna = server.connect("anna", Dribbler)
    block = chance.randbytes(BLOCK_LIMIT)
    line = b"set a 0 0 %d" % BLOCK_LIMIT
    anna.send_cut(line + b"\r\n" + block + b"\r\n", 30, BLOCK_LIMIT)
    anna.expect(request(line, block))
    line = b"set a 0 0 %d" % (BLOCK_LIMIT + 1)
    stream = line + b"\r\n" + block + b"\n\r\nget a\r\n"
    for cut in (len(line) + 2, len(stream) - 10, len(stream) - 8):
        anna.send_cut(stream, cut)
        anna.expect(refusal(TOO_LARGE) + request(b"get a"))


@behaviour(
    "CarefulParser",
    needs="errors_may_be_cut_anywhere",
    hardens="errors_may_be_cut_anywhere",
    suspects="M75 M77",
    driver=feed_parsers,
)
def test_errors_between_requests_in_random_pieces(server):
    """errors and requests in random order and random pieces are told apart"""
    chance = dice(server)
    anna = server.connect("anna", Dribbler)
    errors = [
        (b"\r\n", refusal(b"ERROR")),
        (b"GET a\r\n", refusal(b"ERROR")),
        (b"get\r\n", refusal(BAD_FORMAT)),
        (b"set a 0 0 5 6 7\r\n", refusal(BAD_FORMAT)),
        (b"set a 0 0 3\r\nhello\r\n", refusal(BAD_CHUNK)),
        (b"set a 0 0 2\r\nhi\rx\r\n", refusal(BAD_CHUNK)),
        # What stands in the block is no request, even when its end is missing.
        (b"set a 0 0 8\r\nx\r\nget bcd\r\n", refusal(BAD_CHUNK)),
        (b"set a 0 0 20001\r\n%s\r\n" % bytes(20_001), refusal(TOO_LARGE)),
        (b"get %s\r\n" % (b"x" * 3000), refusal(TOO_LONG)),
    ]
    both = errors + [random_request(chance) for _ in range(10)]
    chance.shuffle(both)
    stream = b"".join(sent for sent, _ in both)
    pieces = random_cuts(chance, stream, 1500)
    dribble(anna, pieces).expect(b"".join(found for _, found in both))


# serve_memcached -------------------------------------------------------------


@behaviour(
    "serve_memcached",
    needs="who_does_not_read_holds_nobody_up",
    hardens="who_does_not_read_holds_nobody_up",
    suspects="M04",
    mishaps=(Mishap("send", most=3),),
)
def test_answers_arrive_in_sips(server):
    """answers arrive whole, though send() takes three bytes at a time"""
    anna = server.connect("anna")
    anna.send(b"set a 0 0 5\r\nhello\r\nget a\r\n")
    anna.expect(b"STORED\r\nVALUE a 0 5\r\nhello\r\nEND\r\n")
    anna.send(b"get a\r\nquit\r\n")
    anna.expect(b"VALUE a 0 5\r\nhello\r\nEND\r\n").expect_eof()


@behaviour(
    "serve_memcached",
    needs="half_a_request_holds_nobody_up",
    hardens="half_a_request_holds_nobody_up",
    suspects="M79",
)
def test_it_rests_in_the_middle_of_requests(server):
    """it rests while all are in the middle of a request, in one thread"""
    clients = [
        server.connect(name, Dribbler) for name in ("anna", "ben", "cleo")
    ]
    halves = [b"se", b"set b 0 0 5\r\nhel", b"set c 0 0 99999\r\nx"]
    for client, half in zip(clients, halves, strict=True):
        client.send_cut(half)
    expect_rest(server)
    expect_alone(server)
    clients[0].send(b"t a 0 0 0\r\n\r\n").expect(b"STORED\r\n")
    clients[1].send(b"lo\r\n").expect(b"STORED\r\n")


class Model:
    """What a right server would say, from a dict of its own."""

    def __init__(self):
        self.kept = {}

    def ask(self, chance):
        """A random request, and its answer."""
        key, kind = b"k%d" % chance.randint(0, 5), chance.random()
        if kind < 0.1:
            return chance.choice([(b"hm\r\n", b"ERROR\r\n"), self.spoilt(key)])
        if kind < 0.4:
            self.kept[key] = chance.randbytes(chance.randint(0, 40))
            head = b"set %s 3 0 %d\r\n" % (key, len(self.kept[key]))
            return head + self.kept[key] + b"\r\n", b"STORED\r\n"
        if kind < 0.6:
            known = self.kept.pop(key, None) is not None
            said = b"DELETED\r\n" if known else b"NOT_FOUND\r\n"
            return b"delete %s\r\n" % key, said
        block = self.kept.get(key)
        found = b"" if block is None else self.value(key, block)
        return b"get %s\r\n" % key, found + b"END\r\n"

    def spoilt(self, key):
        """A set whose block does not end where it should."""
        return b"set %s 0 0 2\r\nxyz\r\n" % key, b"%s\r\n" % BAD_CHUNK

    def value(self, key, block):
        return b"VALUE %s 3 %d\r\n%s\r\n" % (key, len(block), block)


@behaviour(
    "serve_memcached",
    needs="a_thousand_requests_in_one_go",
    hardens="a_thousand_requests_in_one_go",
    suspects="M78 M30",
)
def test_a_thousand_random_requests(server):
    """a thousand random requests in random pieces, answered in their order"""
    chance, model = dice(server), Model()
    both = [model.ask(chance) for _ in range(1000)]
    anna = server.connect("anna", Dribbler)
    stream = b"".join(asked for asked, _ in both)
    pieces = random_cuts(chance, stream, 2000)
    dribble(anna, pieces).expect(b"".join(said for _, said in both))


@behaviour(
    "serve_memcached",
    needs="too_large_a_block_does_not_end_it",
    hardens="too_large_a_block_does_not_end_it",
    suspects="M09 M77",
)
def test_a_megabyte_is_swallowed(server):
    """a megabyte too much is swallowed, and answered once"""
    anna = server.connect("anna")
    ben = server.connect("ben")
    anna.send(b"set a 0 0 1000000\r\n" + bytes(999_999))
    ben.send(b"get a\r\n").expect(b"END\r\n")
    anna.send(b"x\r\nget a\r\n").expect(b"%s\r\nEND\r\n" % TOO_LARGE)


@behaviour(
    "serve_memcached",
    needs="who_has_finished_hears_the_rest",
    hardens="who_has_finished_hears_the_rest",
    suspects="M08 M32",
)
def test_an_end_in_every_state(server):
    """who leaves in the middle of anything leaves nothing behind"""
    ask, said = b"get a\r\n", b"END\r\n"
    with expect_same_descriptors(server, ask, said):
        for unfinished in (b"", b"ge", b"set a 0 0 9\r\nxyz", b"x" * 900):
            guest = server.connect("guest", HalfCloser)
            guest.send(ask + unfinished).expect(said).expect_eof()
        for unfinished in (b"ge", b"set a 0 0 99999\r\nxyz"):
            server.connect("ghost", Client).send(unfinished).reset()


@behaviour(
    "serve_memcached",
    needs="quit_is_a_goodbye",
    hardens="quit_is_a_goodbye",
    suspects="M112",
)
def test_quit_is_a_line_and_nothing_else(server):
    """quit in a block or in a key is no goodbye, and may be cut itself"""
    anna = server.connect("anna", Dribbler)
    anna.send(b"set quit 0 0 12\r\nget a\r\nquit\n\r\n").expect(b"STORED\r\n")
    kept = b"VALUE quit 0 12\r\nget a\r\nquit\n\r\nEND\r\n"
    anna.send(b"get quit\r\n").expect(kept)
    anna.send(b"set b 0 0 6\r\nquit\r\n\r\n").expect(b"STORED\r\n")
    anna.send(b"get noquit\r\ndelete quit\r\n").expect(b"END\r\nDELETED\r\n")
    anna.send_cut(b"get b\r\nquit\r\n", 9)
    anna.expect(b"VALUE b 0 6\r\nquit\r\n\r\nEND\r\n").expect_eof()


# wrong_memcached -----------------------------------------------------------

caches = partial(
    behaviour,
    "wrong_memcached",
    driver=meet,
    suspects="M170",
    serves="serve_memcached",
)


@caches(
    needs="the_last_answers_are_due",
    hardens="the_last_answers_are_due",
    servers="hears_the_end_again",
)
def test_an_end_is_heard_once(server):
    """exposes a server that hears the end of a client for ever"""
    expect_told_apart(server)
