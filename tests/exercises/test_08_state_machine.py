"""What exercise 08 promises, tested with real clients on real sockets.

Three parsers lead up to a server. A parser is fed, by a given server, with
what recv() gives, and what feed() finds is sent back: <a line>, <the words of
a request> <its block>, or ! and the answer to what was refused. Each client
has a parser of its own.
"""

from functools import partial

from buckets.behaviour import behaviour
from buckets.driving.clients import Dribbler, Gulper, HalfCloser, Sipper
from buckets.driving.expect import (
    expect_alone,
    expect_one_descriptor_less,
    expect_rest,
)
from buckets.driving.topics.break_it import expect_told_apart, meet
from buckets.driving.topics.state_machine import (
    expect_nothing_kept,
    feed_parsers,
    lines,
    refusal,
    request,
    send_at_every_cut,
)

LINE_LIMIT = 1024
BLOCK_LIMIT = 16_384

BAD_FORMAT = b"CLIENT_ERROR bad command line format"
BAD_CHUNK = b"CLIENT_ERROR bad data chunk"
TOO_LONG = b"CLIENT_ERROR line too long"
TOO_LARGE = b"SERVER_ERROR object too large for cache"

# LineParser: one mode, and what is unfinished -------------------------------


@behaviour("LineParser", points=1, suspects="M45", driver=feed_parsers)
def test_a_line_is_found(server):
    """a line is found when its end has come, an empty one, too"""
    anna = server.connect("anna")
    for line in (b"hello", b"", b" get a ", b"\xff\x00"):
        anna.send(line + b"\r\n").expect(lines(line))


@behaviour(
    "LineParser",
    points=1,
    needs="a_line_is_found",
    suspects="M78",
    driver=feed_parsers,
)
def test_one_feed_may_hold_many_lines(server):
    """one feed may hold no line, one, or many"""
    anna = server.connect("anna", Gulper)
    anna.send_glued([b"one\r\n", b"two\r\n", b"three\r\n", b"fo"])
    anna.expect(lines(b"one", b"two", b"three"))
    anna.send(b"ur\r\n").expect(lines(b"four"))


@behaviour(
    "LineParser",
    points=1,
    needs="a_line_is_found",
    suspects="M75 M03",
    driver=feed_parsers,
)
def test_a_line_may_be_cut_anywhere(server):
    """a line may be cut anywhere, also between \\r and \\n"""
    anna = server.connect("anna", Dribbler)
    # A lone \r or \n is a byte of the line.
    send_at_every_cut(
        anna,
        b"one\r\n\r\nt\rw\no\r\r\n",
        lines(b"one", b"", b"t\rw\no\r"),
    )
    anna.send(b"byte\r\nby byte\r\n").expect(lines(b"byte", b"by byte"))


@behaviour(
    "LineParser",
    points=1,
    needs="a_line_may_be_cut_anywhere",
    suspects="M79",
    driver=feed_parsers,
)
def test_each_client_has_its_own_line(server):
    """two clients in the middle of a line do not meet"""
    anna = server.connect("anna", Dribbler)
    ben = server.connect("ben", Dribbler)
    anna.send_cut(b"hel")
    ben.send_cut(b"good")
    anna.send(b"lo\r\n").expect(lines(b"hello"))
    ben.send(b"bye\r\n").expect(lines(b"goodbye"))


# RequestParser: two modes, a line and a block -------------------------------

BEGINNING = b"set greeting 0 0 5\r\nhello\r\nget greeting\r\n"
FOUND_FIRST = request(b"set greeting 0 0 5", b"hello") + request(
    b"get greeting"
)
RECORDED = (
    BEGINNING + b"set odd 7 0 12\r\n\r\nget odd\r\n\r\r\n"
    b"delete greeting\r\n"
    b"set nothing 0 0 0\r\n\r\n"
    b"get greeting odd nothing\r\n"
)
FOUND = (
    FOUND_FIRST
    + request(b"set odd 7 0 12", b"\r\nget odd\r\n\r")
    + request(b"delete greeting")
    + request(b"set nothing 0 0 0", b"")
    + request(b"get greeting odd nothing")
)


@behaviour("RequestParser", points=1, driver=feed_parsers)
def test_a_line_is_a_request(server):
    """a line with no block behind it is a request"""
    anna = server.connect("anna")
    for line in (b"get a", b"delete b", b"get a b c", b"quit"):
        anna.send(line + b"\r\n").expect(request(line))


@behaviour(
    "RequestParser",
    points=1,
    needs="a_line_is_a_request",
    suspects="M76",
    driver=feed_parsers,
)
def test_a_block_belongs_to_its_line(server):
    """the block behind a line belongs to it, and then comes a line again"""
    anna = server.connect("anna")
    for block in (b"hello", b"", b"x" * BLOCK_LIMIT):
        line = b"set a 0 0 %d" % len(block)
        with server.frozen():
            anna.send(line + b"\r\n" + block + b"\r\n")
        anna.expect(request(line, block))
    anna.send(b"get a\r\n").expect(request(b"get a"))


@behaviour(
    "RequestParser",
    points=1,
    needs="a_block_belongs_to_its_line",
    suspects="M76",
    driver=feed_parsers,
)
def test_a_block_may_hold_anything(server):
    """a block may hold anything, also what looks like its end"""
    anna = server.connect("anna")
    for block in (b"\r\n", b"one\r\ntwo\r\n", b"\r\xff\r", b"get a\r\n"):
        line = b"set a 0 0 %d" % len(block)
        with server.frozen():
            anna.send(line + b"\r\n" + block + b"\r\n")
        anna.expect(request(line, block))


@behaviour(
    "RequestParser",
    points=2,
    needs="a_block_may_hold_anything",
    suspects="M75",
    driver=feed_parsers,
)
def test_every_cut_of_a_recorded_stream(server):
    """a recorded stream may be cut at every place, and into single bytes"""
    anna = server.connect("anna", Dribbler)
    send_at_every_cut(anna, RECORDED, FOUND)
    anna.send(RECORDED).expect(FOUND)


@behaviour(
    "RequestParser",
    points=1,
    needs="a_block_belongs_to_its_line",
    suspects="M78",
    driver=feed_parsers,
)
def test_one_feed_may_hold_many_requests(server):
    """one feed may hold many requests, with blocks and without"""
    anna = server.connect("anna")
    with server.frozen():
        anna.send(RECORDED * 3)
    anna.expect(FOUND * 3)


@behaviour(
    "RequestParser",
    points=1,
    needs="every_cut_of_a_recorded_stream",
    suspects="M79",
    driver=feed_parsers,
)
def test_each_client_has_its_own_machine(server):
    """two clients in the middle of a block do not meet"""
    anna = server.connect("anna", Dribbler)
    ben = server.connect("ben", Dribbler)
    anna.send_cut(b"set a 0 0 5\r\nhel", 13)
    ben.send(b"get b\r\n").expect(request(b"get b"))
    ben.send_cut(b"set b 0 0 7\r\ngood", 13)
    anna.send(b"lo\r\n").expect(request(b"set a 0 0 5", b"hello"))
    ben.send(b"bye\r\n").expect(request(b"set b 0 0 7", b"goodbye"))


# CarefulParser: limits, and a way back from every error ---------------------


@behaviour("CarefulParser", points=1, suspects="M75", driver=feed_parsers)
def test_what_is_right_is_found_as_before(server):
    """what is right is found as before, wherever it is cut"""
    anna = server.connect("anna", Dribbler)
    send_at_every_cut(anna, BEGINNING, FOUND_FIRST)
    anna.send(RECORDED).expect(FOUND)


@behaviour(
    "CarefulParser",
    points=1,
    needs="what_is_right_is_found_as_before",
    suspects="M77",
    driver=feed_parsers,
)
def test_what_is_no_command_is_refused(server):
    """a line that is no command is refused, in its place; the next is not"""
    anna = server.connect("anna", Gulper)
    anna.send_glued([b"hello\r\n", b"\r\n", b"get a\r\n"])
    anna.expect(refusal(b"ERROR") * 2 + request(b"get a"))
    anna.send_glued([b"get a\r\n", b"set a 0 0 x\r\n", b"get b\r\n"])
    anna.expect(request(b"get a") + refusal(BAD_FORMAT) + request(b"get b"))


@behaviour(
    "CarefulParser",
    points=1,
    needs="what_is_no_command_is_refused",
    suspects="M77 M47",
    driver=feed_parsers,
)
def test_too_long_a_line_is_refused(server):
    """a line over the limit is refused once, and skipped to its end"""
    anna = server.connect("anna", Dribbler)
    longest = b"get " + b"x" * (LINE_LIMIT - 6)
    anna.send_cut(longest + b"\r\n").expect(request(longest))
    anna.send_cut(longest + b"x\r\nget a\r\n", 600, LINE_LIMIT + 1)
    anna.expect(refusal(TOO_LONG) + request(b"get a"))
    anna.send_cut(longest * 5 + b"\r\nget a\r\n", 2000, 3000)
    anna.expect(refusal(TOO_LONG) + request(b"get a"))


@behaviour(
    "CarefulParser",
    points=1,
    needs="what_is_no_command_is_refused",
    suspects="M77",
    driver=feed_parsers,
)
def test_a_block_without_its_end_is_refused(server):
    """a block that no \\r\\n follows is refused, and skipped to the next"""
    anna = server.connect("anna")
    for size in (3, 4, 0, 1, 2):
        line = b"set a 0 0 %d\r\n" % size
        with server.frozen():
            anna.send(line + b"hello\r\nget a\r\n")
        anna.expect(refusal(BAD_CHUNK) + request(b"get a"))
    # A lone \r behind the block is not its end.
    with server.frozen():
        anna.send(b"set a 0 0 3\r\nhel\rlo\r\nget a\r\n")
    anna.expect(refusal(BAD_CHUNK) + request(b"get a"))


@behaviour(
    "CarefulParser",
    points=1,
    needs="what_is_no_command_is_refused",
    suspects="M77",
    driver=feed_parsers,
)
def test_too_large_a_block_is_skipped(server):
    """a block over the limit is skipped, and refused once"""
    anna = server.connect("anna", Dribbler)
    line = b"set a 0 0 %d" % BLOCK_LIMIT
    anna.send_cut(line + b"\r\n" + bytes(BLOCK_LIMIT) + b"\r\n")
    anna.expect(request(line, bytes(BLOCK_LIMIT)))
    block = b"get b\r\n" * 3000
    stream = b"set a 0 0 %d\r\n%s\r\nget a\r\n" % (len(block), block)
    anna.send_cut(stream, 17, 5000, 20_000)
    anna.expect(refusal(TOO_LARGE) + request(b"get a"))
    line = b"set a 0 0 %d" % (BLOCK_LIMIT + 1)
    # More than the line said: that is skipped, too, to the next end of a line.
    anna.send_cut(line + b"\r\n" + bytes(BLOCK_LIMIT + 9) + b"\r\nget a\r\n")
    anna.expect(refusal(TOO_LARGE) + request(b"get a"))


@behaviour(
    "CarefulParser",
    points=1,
    needs="too_large_a_block_is_skipped too_long_a_line_is_refused",
    suspects="M47",
    driver=feed_parsers,
)
def test_what_is_skipped_is_not_kept(server):
    """what is skipped takes no memory, however much it is"""
    filler, most = bytes(24 << 20), 6 << 20
    anna = server.connect("anna", Dribbler)
    line = b"set a 0 0 %d\r\n" % (len(filler) + 2)
    expect_nothing_kept(server, anna, line, filler, most)
    anna.send_cut(b"!!\r\nget a\r\n")
    anna.expect(refusal(TOO_LARGE) + request(b"get a"))
    expect_nothing_kept(server, anna, b"get ", filler, most)
    anna.send_cut(b"\r\nget b\r\n")
    anna.expect(refusal(TOO_LONG) + request(b"get b"))


MISTAKEN = (
    b"what?\r\nset a 0 0 3\r\nhello\r\n"
    b"get a\r\nset b 0 0 -1\r\nset c 0 0 2\r\nhi\r\n"
)
ANSWERED = (
    refusal(b"ERROR")
    + refusal(BAD_CHUNK)
    + request(b"get a")
    + refusal(BAD_FORMAT)
    + request(b"set c 0 0 2", b"hi")
)


@behaviour(
    "CarefulParser",
    points=1,
    needs="a_block_without_its_end_is_refused",
    suspects="M75 M77",
    driver=feed_parsers,
)
def test_errors_may_be_cut_anywhere(server):
    """a stream with errors in it may be cut at every place"""
    anna = server.connect("anna", Dribbler)
    send_at_every_cut(anna, MISTAKEN, ANSWERED)
    anna.send(MISTAKEN).expect(ANSWERED)


# serve_memcached: the machine at work ---------------------------------------

BLOCK = b"0123456789" * 400
SET_MUCH = b"set a 0 0 4000\r\n%s\r\n" % BLOCK
MUCH = b"VALUE a 0 4000\r\n%s\r\nEND\r\n" % BLOCK


def expect_a_turn(client):
    """What had come before is done: its turn has ended with the 2nd answer."""
    for _ in range(2):
        client.send(b"get b\r\n").expect(b"END\r\n")


@behaviour("serve_memcached", points=1)
def test_requests_are_answered(server):
    """what is set can be got, until it is deleted"""
    anna = server.connect("anna")
    anna.send(b"set a 5 0 5\r\nhello\r\n").expect(b"STORED\r\n")
    anna.send(b"get a\r\n").expect(b"VALUE a 5 5\r\nhello\r\nEND\r\n")
    anna.send(b"delete a\r\n").expect(b"DELETED\r\n")
    anna.send(b"get a\r\n").expect(b"END\r\n")


@behaviour(
    "serve_memcached",
    points=1,
    needs="requests_are_answered",
    suspects="M79",
)
def test_half_a_request_holds_nobody_up(server):
    """who is in the middle of a request holds nobody up, and no CPU"""
    anna = server.connect("anna", Dribbler)
    ben = server.connect("ben", Dribbler)
    anna.send_cut(b"set a 0 0 5\r\nhel", 13)
    ben.send_cut(b"set b 0 0 7\r\ngood", 6)
    server.connect("cleo").send(b"get a\r\n").expect(b"END\r\n")
    expect_rest(server)
    expect_alone(server)
    anna.send(b"lo\r\n").expect(b"STORED\r\n")
    ben.send(b"bye\r\n").expect(b"STORED\r\n")
    # First what another one has set: who knows the first key only finds that.
    found = b"VALUE b 0 7\r\ngoodbye\r\nVALUE a 0 5\r\nhello\r\nEND\r\n"
    anna.send(b"get b a\r\n").expect(found)


@behaviour(
    "serve_memcached",
    points=1,
    needs="requests_are_answered",
    suspects="M75",
)
def test_requests_may_be_cut_anywhere(server):
    """requests may be cut at every place"""
    anna = server.connect("anna", Dribbler)
    stream = b"set a 0 0 4\r\n\r\n\xff\r\r\nget a\r\n"
    answers = b"STORED\r\nVALUE a 0 4\r\n\r\n\xff\r\r\nEND\r\n"
    send_at_every_cut(anna, stream, answers)


@behaviour(
    "serve_memcached",
    points=2,
    needs="requests_are_answered",
    suspects="M78 M30",
)
def test_a_thousand_requests_in_one_go(server):
    """a thousand requests in one go are answered in their order"""
    asked, answers = [], []
    for number in range(250):
        key, size = b"key-%d" % number, len(b"%d" % number)
        asked.append(b"set %s 0 0 %d\r\n%d\r\n" % (key, size, number))
        asked.append(b"get %s\r\ndelete %s\r\nget %s\r\n" % (key, key, key))
        value = b"VALUE %s 0 %d\r\n%d\r\nEND\r\n" % (key, size, number)
        answers.append(b"STORED\r\n" + value + b"DELETED\r\nEND\r\n")
    anna = server.connect("anna", Gulper)
    with server.frozen():
        anna.send_glued(asked)
    anna.expect(b"".join(answers))


@behaviour(
    "serve_memcached",
    points=1,
    needs="requests_are_answered",
    suspects="M30 M77",
)
def test_errors_are_answered_in_their_place(server):
    """an error is answered in its place, between the others"""
    anna = server.connect("anna")
    with server.frozen():
        anna.send(
            b"get a\r\nhello\r\nset a 0 0 1\r\nx\r\nset a b c d\r\nget a\r\n"
        )
    answers = b"END\r\nERROR\r\nSTORED\r\n%s\r\n" % BAD_FORMAT
    anna.expect(answers + b"VALUE a 0 1\r\nx\r\nEND\r\n")
    # A block that is longer than its line said is not stored.
    with server.frozen():
        anna.send(b"set b 0 0 3\r\nhello\r\nget b\r\n")
    anna.expect(b"%s\r\nEND\r\n" % BAD_CHUNK)


@behaviour(
    "serve_memcached",
    points=1,
    needs="errors_are_answered_in_their_place",
    suspects="M77 M09",
)
def test_too_large_a_block_does_not_end_it(server):
    """too large a block is answered, and the conversation goes on"""
    anna = server.connect("anna")
    line = b"set a 0 0 %d\r\n" % (2 * BLOCK_LIMIT)
    with server.frozen():
        anna.send(line + bytes(2 * BLOCK_LIMIT) + b"\r\nget a\r\n")
    anna.expect(b"%s\r\nEND\r\n" % TOO_LARGE)
    anna.send(line + b"x").send(bytes(2 * BLOCK_LIMIT - 1) + b"\r\n")
    anna.send(b"get a\r\n").expect(b"%s\r\nEND\r\n" % TOO_LARGE)


@behaviour(
    "serve_memcached",
    points=1,
    needs="a_thousand_requests_in_one_go",
    suspects="M13 M05",
    buffers=4096,
)
def test_who_does_not_read_holds_nobody_up(server):
    """who asks much and does not read holds nobody up, and hears it all"""
    ben = server.connect("ben")
    ben.send(SET_MUCH).expect(b"STORED\r\n")
    sipper = server.connect("sipper", Sipper)
    sipper.send(b"get a\r\n" * 25)
    # From now on the server is at the answers to it.
    sipper.sip(1)
    expect_a_turn(ben)
    # It asks on while there is no room for them.
    for _ in range(3):
        sipper.send(b"get a\r\n" * 25)
        expect_a_turn(ben)
    sipper.expect((MUCH * 100)[1:])


@behaviour(
    "serve_memcached",
    points=1,
    needs="a_thousand_requests_in_one_go",
    suspects="M08",
    buffers=4096,
)
def test_who_has_finished_hears_the_rest(server):
    """who has finished sending hears every answer, then the end of file"""
    with server.frozen():
        anna = server.connect("anna", HalfCloser)
        anna.send(b"set a 0 0 2\r\nhi\r\nget a\r\nset b 0 0 9\r\nunfin")
    anna.expect(b"STORED\r\nVALUE a 0 2\r\nhi\r\nEND\r\n").expect_eof()
    ben = server.connect("ben")
    ben.send(b"get b\r\n").expect(b"END\r\n")
    # More answers than there is room for, and nobody reads them yet.
    ben.send(SET_MUCH).expect(b"STORED\r\n")
    sipper = server.connect("sipper", Sipper).send(b"get a\r\n" * 100)
    sipper.half_close().sip(1)
    expect_a_turn(ben)
    expect_rest(server)
    sipper.expect((MUCH * 100)[1:]).expect_eof()


@behaviour(
    "serve_memcached",
    points=1,
    needs="a_thousand_requests_in_one_go",
    suspects="M112",
    buffers=4096,
)
def test_quit_is_a_goodbye(server):
    """quit is a goodbye: the answers before it, then the end of file"""
    anna, ben = server.connect("anna"), server.connect("ben")
    ben.send(b"get a\r\n").expect(b"END\r\n")
    with expect_one_descriptor_less(server):
        with server.frozen():
            anna.send(b"get a\r\nget b\r\nquit\r\n")
        anna.expect(b"END\r\nEND\r\n").expect_eof()
    ben.send(b"get a\r\n").expect(b"END\r\n")
    # More answers than there is room for, and a request behind the goodbye.
    ben.send(SET_MUCH).expect(b"STORED\r\n")
    sipper = server.connect("sipper", Sipper)
    with server.frozen():
        sipper.send(b"get a\r\n" * 50 + b"quit\r\ndelete a\r\n")
    sipper.sip(1)
    expect_a_turn(ben)
    sipper.expect((MUCH * 50)[1:])
    ben.send(b"get a\r\n").expect(MUCH)


# wrong_memcached: servers, right and wrong, that a client tells apart -------

caches = partial(
    behaviour,
    "wrong_memcached",
    points=1,
    driver=meet,
    suspects="M170",
    serves="serve_memcached",
)
# Below a client that accuses everybody, no wrong server counts.
exposes = partial(caches, needs="no_right_cache_is_accused")


@caches(
    servers="serve_with_asyncio serve_with_dicts a_database_for_each_client"
)
def test_no_right_cache_is_accused(server):
    """accuses no right server, and exposes one with many databases"""
    expect_told_apart(server)


@exposes(servers="an_error_ends_the_conversation")
def test_an_error_is_no_goodbye(server):
    """exposes a server that an error makes hang up"""
    expect_told_apart(server)


@exposes(servers="errors_are_answered_at_once")
def test_answers_out_of_order(server):
    """exposes a server that answers out of order"""
    expect_told_apart(server)


@exposes(servers="careful_reads_on_in_a_refused_block")
def test_what_is_skipped_is_no_request(server):
    """exposes a server that carries out what it should skip"""
    expect_told_apart(server)


@exposes(servers="careful_refuses_the_largest")
def test_the_largest_is_not_too_large(server):
    """exposes a server that refuses what it should take"""
    expect_told_apart(server)


@exposes(servers="answers_wait_for_who_reads")
def test_nobody_waits_for_a_reader(server):
    """exposes a server that waits for a client who does not read"""
    expect_told_apart(server)


@exposes(servers="answers_are_lost_at_the_end")
def test_the_last_answers_are_due(server):
    """exposes a server that keeps back what is due at the end"""
    expect_told_apart(server)


@exposes(servers="careful_tries_for_ever")
def test_half_a_line_is_waited_for(server):
    """exposes a server that never rests once it has a part of a line"""
    expect_told_apart(server)
