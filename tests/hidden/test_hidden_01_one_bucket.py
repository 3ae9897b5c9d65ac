"""Harder variants of exercise 01's tests, for grading only.

Each guards the points of a visible test and promises nothing new: random
content, random cuts, the edges of the limit, an end at every place.
"""

from functools import partial

from buckets.behaviour import behaviour
from buckets.conditions import Mishap
from buckets.driving.clients import Dribbler, Gulper, HalfCloser, Sipper
from buckets.driving.expect import (
    expect_ending,
    expect_waiting,
    until_it_sleeps,
)
from buckets.driving.seed import dice
from buckets.driving.topics import break_it
from buckets.driving.topics.one_bucket import (
    answer_calls,
    framed,
    meet,
    serve_with_time_limits,
)

LIMIT = 16_384


def cuts(chance, data, most=12):
    """Offsets at which to cut `data`, in order."""
    places = range(1, len(data))
    return sorted(chance.sample(places, min(most, len(places))))


# send_everything -------------------------------------------------------------


@behaviour(
    "send_everything",
    needs="a_short_message_arrives",
    hardens="a_short_message_arrives",
    driver=answer_calls,
)
def test_any_bytes_arrive(server):
    """any bytes arrive, and sending nothing returns at once"""
    chance = dice(server)
    caller, anna = meet(server)
    for size in (0, 1, *(chance.randint(2, 3000) for _ in range(8)), 0):
        message = chance.randbytes(size)
        caller.call(message)
        anna.expect(message)
        caller.returned_something()


@behaviour(
    "send_everything",
    needs="a_long_message_arrives_whole",
    hardens="a_long_message_arrives_whole",
    suspects="M04",
    driver=answer_calls,
    buffers=4096,
)
def test_long_messages_are_sipped_whole(server):
    """two long messages, read in sips, arrive whole, one after the other"""
    chance = dice(server)
    caller, anna = meet(server, Sipper, time_limit=30)
    for _ in range(2):
        message = chance.randbytes(chance.randint(60_000, 120_000))
        caller.call(message)
        first = anna.sip(10)
        # There is no room for all of it: it cannot have been taken.
        until_it_sleeps(server)
        caller.expect_not_yet()
        anna.expect(message[len(first) :])
        caller.returned_something()


# read_exactly ----------------------------------------------------------------


@behaviour(
    "read_exactly",
    needs="what_came_at_once_is_returned",
    hardens="what_came_at_once_is_returned",
    suspects="M40",
    driver=answer_calls,
    buffers=4096,
)
def test_more_than_a_bucket_holds(server):
    """more bytes than the bucket holds are returned as one"""
    chance = dice(server)
    caller, anna = meet(server)
    for size in (1, 70_000, 4097):
        message = chance.randbytes(size)
        caller.call(size)
        anna.send(message)
        caller.returned(message)


@behaviour(
    "read_exactly",
    needs="bytes_may_come_cut_anywhere",
    hardens="bytes_may_come_cut_anywhere",
    suspects="M40 M41",
    driver=answer_calls,
)
def test_cuts_and_sizes_need_not_agree(server):
    """a stream cut anywhere is returned in the sizes that are asked for"""
    chance = dice(server)
    caller, anna = meet(server, Dribbler)
    words = [chance.randbytes(chance.randint(0, 30)) for _ in range(12)]
    stream = b"".join(words)
    for word in words:
        caller.call(len(word))
    anna.send_cut(stream, *cuts(chance, stream))
    for word in words:
        caller.returned(word)


@behaviour(
    "read_exactly",
    needs="what_follows_is_left_alone",
    hardens="what_follows_is_left_alone",
    suspects="M41",
    driver=answer_calls,
)
def test_nothing_more_is_read(server):
    """what follows the n bytes is still in the bucket, unread"""
    chance = dice(server)
    caller, anna = meet(server, HalfCloser)
    stream, size = chance.randbytes(300), chance.randint(1, 299)
    anna.send(stream)
    caller.call(size)
    caller.returned(stream[:size]).rest(stream[size:])


@behaviour(
    "read_exactly",
    needs="an_end_before_n_bytes_is_an_error",
    hardens="an_end_before_n_bytes_is_an_error",
    suspects="M43",
    driver=answer_calls,
)
def test_an_end_at_every_place(server):
    """an end of file before each of the n bytes raises EOFError"""
    caller, _ = meet(server)
    for size in range(1, 9):
        guest = caller.meet(server.connect(f"guest-{size}", HalfCloser))
        guest.send(b"x" * (size - 1))
        caller.call(size, raises="EOFError")
        caller.raised("EOFError")


# read_text -------------------------------------------------------------------


def random_text(chance, most):
    letters = "abc \r\n\x00äß你👋"
    return "".join(chance.choices(letters, k=chance.randint(0, most)))


@behaviour(
    "read_text",
    needs="texts_come_back_one_by_one",
    hardens="texts_come_back_one_by_one",
    driver=answer_calls,
)
def test_texts_of_many_lengths(server):
    """texts whose length takes one byte or two are returned one by one"""
    chance = dice(server)
    caller, anna = meet(server, Gulper)
    texts = [random_text(chance, 40) for _ in range(12)]
    texts += ["x" * size for size in (255, 256, 257, 2573)]
    # A text may begin with any character, also with one that opens some files.
    texts.append("\ufeff" + random_text(chance, 12))
    anna.send_glued(map(framed, texts))
    for text in texts:
        caller.call()
        caller.returned(text)


@behaviour(
    "read_text",
    needs="a_text_may_come_cut_anywhere",
    hardens="a_text_may_come_cut_anywhere",
    suspects="M03 M40",
    driver=answer_calls,
)
def test_texts_cut_and_glued(server):
    """texts cut and glued anywhere are returned one by one"""
    chance = dice(server)
    caller, anna = meet(server, Dribbler)
    texts = [random_text(chance, 12) for _ in range(10)]
    stream = b"".join(map(framed, texts))
    for _ in texts:
        caller.call()
    anna.send_cut(stream, *cuts(chance, stream, most=30))
    for text in texts:
        caller.returned(text)


@behaviour(
    "read_text",
    needs="a_text_that_breaks_off_is_an_error",
    hardens="a_text_that_breaks_off_is_an_error",
    suspects="M43",
    driver=answer_calls,
)
def test_a_text_that_breaks_off_anywhere(server):
    """an end of file before each byte of a text raises EOFError"""
    caller, _ = meet(server)
    whole = framed("né!")
    for cut in range(len(whole)):
        guest = caller.meet(server.connect(f"guest-{cut}", HalfCloser))
        guest.send(whole[:cut])
        caller.call(raises="EOFError")
        caller.raised("EOFError")


@behaviour(
    "read_text",
    needs="a_length_over_the_limit_is_refused",
    hardens="a_length_over_the_limit_is_refused",
    suspects="M47",
    driver=answer_calls,
)
def test_one_byte_over_the_limit(server):
    """a length of LIMIT + 1 raises ValueError before the text comes"""
    caller, anna = meet(server)
    for size in (LIMIT + 1, 1 << 24, 1 << 31):
        anna = caller.meet(server.connect(f"guest-{size}"))
        caller.call(raises="ValueError")
        anna.send(size.to_bytes(4, "big"))
        caller.raised("ValueError")


# read_line -------------------------------------------------------------------


def random_line(chance, most=20):
    """Any bytes, also lone ones of the delimiter; without its end."""
    size = chance.randint(0, most)
    line = bytes(chance.choices(b"ab\r\n\x00\xc3", k=size))
    return line.replace(b"\r\n", b"-") + b"."


@behaviour(
    "read_line",
    needs="a_line_is_returned",
    hardens="a_line_is_returned",
    driver=answer_calls,
)
def test_any_line_is_returned(server):
    """any line is returned as it is, whatever its bytes"""
    chance = dice(server)
    caller, anna = meet(server)
    odd = b"  two blanks each  ", b"\t", b"\r", b"\n", b"\n\r", bytes(5)
    for line in (*odd, *(random_line(chance) for _ in range(10))):
        caller.call(buffer=True)
        anna.send(line + b"\r\n")
        caller.returned(line)


@behaviour(
    "read_line",
    needs="a_line_may_come_cut_anywhere",
    hardens="a_line_may_come_cut_anywhere",
    suspects="M03 M40",
    driver=answer_calls,
)
def test_lines_cut_and_glued(server):
    """lines cut and glued anywhere are returned one by one"""
    chance = dice(server)
    caller, anna = meet(server, Dribbler)
    lines = [random_line(chance) for _ in range(15)]
    stream = b"".join(line + b"\r\n" for line in lines)
    for _ in lines:
        caller.call(buffer=True)
    anna.send_cut(stream, *cuts(chance, stream, most=40))
    for line in lines:
        caller.returned(line)


@behaviour(
    "read_line",
    needs="what_follows_a_line_is_kept",
    hardens="what_follows_a_line_is_kept",
    suspects="M41 M46",
    driver=answer_calls,
)
def test_what_follows_a_line_is_not_lost(server):
    """what follows a line is left, in the buffer or unread, unchanged"""
    chance = dice(server)
    caller, anna = meet(server, HalfCloser)
    body = chance.randbytes(20_000)
    anna.send(b"PUT 20000\r\n\r\n" + body)
    for line in (b"PUT 20000", b""):
        caller.call(buffer=True)
        caller.returned(line)
    caller.rest(body)


@behaviour(
    "read_line",
    needs="an_end_between_lines_or_inside",
    hardens="an_end_between_lines_or_inside",
    suspects="M43",
    driver=answer_calls,
)
def test_an_end_inside_the_end_of_a_line(server):
    """an end of file between \\r and \\n raises EOFError, at once None"""
    caller, anna = meet(server, HalfCloser)
    anna.send(b"one\r\ntwo\r")
    caller.call(buffer=True).returned(b"one")
    caller.call(buffer=True, raises="EOFError").raised("EOFError")
    cleo = caller.meet(server.connect("cleo", HalfCloser))
    cleo.send(b"one\r\n\r")
    caller.call(buffer=True).returned(b"one")
    caller.call(buffer=True, raises="EOFError").raised("EOFError")
    caller.meet(server.connect("ben")).half_close()
    caller.call(buffer=True).returned(None)


@behaviour(
    "read_line",
    needs="a_line_over_the_limit_is_refused",
    hardens="a_line_over_the_limit_is_refused",
    suspects="M47",
    driver=answer_calls,
)
def test_the_edges_of_the_limit(server):
    """the limit is one line's, not the buffer's; its end counts: one more"""
    caller, anna = meet(server, Gulper)
    lines = [b"line %d" % number for number in range(2000)]
    anna.send_glued(line + b"\r\n" for line in lines)
    for line in lines:
        caller.call(buffer=True)
        caller.returned(line)
    ben = caller.meet(server.connect("ben", Dribbler))
    longest = b"x" * (LIMIT - 2)
    caller.call(buffer=True)
    ben.send_cut(longest + b"\r\n", LIMIT - 1)
    caller.returned(longest)
    caller.call(buffer=True, raises="ValueError")
    ben.send_cut(longest + b"x\r\n", LIMIT)
    caller.raised("ValueError")


# echo_lines ------------------------------------------------------------------


def answers(lines):
    return b"".join(b"%d %s\r\n" % pair for pair in enumerate(lines, 1))


@behaviour(
    "echo_lines",
    needs="lines_may_come_cut_and_glued",
    hardens="lines_may_come_cut_and_glued",
    suspects="M03 M41",
)
def test_any_lines_cut_anywhere(server):
    """forty lines of any bytes, cut and glued anywhere, are answered"""
    chance = dice(server)
    anna = server.connect("anna", Dribbler)
    lines = [random_line(chance) for _ in range(40)]
    stream = b"".join(line + b"\r\n" for line in lines)
    anna.send_cut(stream, *cuts(chance, stream, most=40))
    anna.expect(answers(lines))


@behaviour(
    "echo_lines",
    needs="a_half_closed_client_hears_the_rest",
    hardens="a_half_closed_client_hears_the_rest",
    suspects="M43",
)
def test_a_thousand_lines_and_the_end(server):
    """1,200 lines, a long piece of one, and the end: the lines are answered"""
    anna = server.connect("anna", HalfCloser)
    lines = [b"line %d" % number for number in range(1200)]
    half = b"half a line " * 400
    with server.frozen():
        anna.send(b"".join(line + b"\r\n" for line in lines) + half)
    anna.expect(answers(lines)).expect_eof()
    expect_ending(server, "returned")


@behaviour(
    "echo_lines",
    needs="a_half_closed_client_hears_the_rest",
    hardens="lines_come_back_numbered",
    suspects="M43",
)
def test_who_says_nothing_hears_the_end(server):
    """who finishes without a word hears nothing but the end of file"""
    server.connect("anna").half_close().expect_eof()
    expect_ending(server, "returned")


@behaviour(
    "echo_lines",
    needs="long_answers_arrive_whole",
    hardens="long_answers_arrive_whole",
    suspects="M04",
    mishaps=(Mishap("send", most=2),),
)
def test_short_answers_arrive_whole(server):
    """short answers arrive whole, though send() takes 2 bytes at a time"""
    anna = server.connect("anna")
    for number, line in enumerate((b"hello", b"", b"is that all?"), start=1):
        anna.send(line + b"\r\n").expect(b"%d %s\r\n" % (number, line))


@behaviour(
    "echo_lines",
    needs="long_answers_arrive_whole",
    hardens="long_answers_arrive_whole",
    suspects="M04",
    driver=serve_with_time_limits,
    buffers=4096,
)
def test_the_longest_answers_arrive_whole(server):
    """answers as long as the limit allows arrive whole, read in sips"""
    chance = dice(server)
    anna = server.connect("anna", Sipper)
    for number in range(1, 5):
        line = chance.randbytes(LIMIT - 2).replace(b"\r\n", b"..")
        anna.send(line + b"\r\n")
        answer = b"%d %s\r\n" % (number, line)
        first = anna.sip(20)
        anna.expect(answer[len(first) :])


@behaviour(
    "echo_lines",
    needs="too_long_a_line_is_told_so",
    hardens="too_long_a_line_is_told_so",
    suspects="M47 M09",
)
def test_nothing_is_answered_after_too_long_a_line(server):
    """the lines before too long a line are answered, none after it"""
    anna = server.connect("anna")
    with server.frozen():
        anna.send(b"one\r\n" + b"x" * (3 * LIMIT) + b"\r\nhello\r\n")
    expect_waiting(server)
    anna.expect(b"1 one\r\ntoo long\r\n").expect_eof()
    anna.send(b"z" * 100_000 + b"\r\n").send(b"hello?\r\n")
    expect_waiting(server)
    anna.half_close()
    expect_ending(server, "returned")


@behaviour(
    "echo_lines",
    needs="too_long_a_line_is_told_so",
    hardens="too_long_a_line_is_told_so",
    suspects="M47",
)
def test_one_byte_too_long_is_too_long(server):
    """a line of LIMIT bytes with its end is answered, one byte more is not"""
    anna = server.connect("anna")
    longest = b"x" * (LIMIT - 2)
    anna.send(longest + b"\r\n").expect(b"1 %s\r\n" % longest)
    with server.frozen():
        anna.send(longest + b"x\r\nhello\r\n")
    expect_waiting(server)
    anna.expect(b"too long\r\n").expect_eof().half_close()
    expect_ending(server, "returned")


# wrong_echo ------------------------------------------------------------------

echoes = partial(
    behaviour,
    "wrong_echo",
    driver=break_it.meet,
    serves="echo_lines",
    suspects="M170",
)


@echoes(
    needs="no_right_echo_is_accused",
    hardens="no_right_echo_is_accused",
    servers="echo_with_a_generator echo_one_line_for_each_recv",
)
def test_no_other_right_echo_is_accused(server):
    """accuses no right server of another make"""
    break_it.expect_told_apart(server)


@echoes(
    needs="lines_that_it_cuts_short",
    hardens="lines_that_it_cuts_short",
    servers="cuts_at_a_return",
)
def test_a_return_is_a_byte(server):
    """exposes a server that ends a line at the first half of its end"""
    break_it.expect_told_apart(server)
