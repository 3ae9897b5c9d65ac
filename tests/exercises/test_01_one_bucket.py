"""What exercise 01 promises, tested with real clients on real sockets.

Four functions on one connection lead up to a server for one client. The
functions are called by a `caller`, on the connection of a client named anna;
what they return is compared with what anna sent. Each `meet` is a new anna.
"""

from functools import partial

from buckets.behaviour import behaviour
from buckets.conditions import Mishap
from buckets.driving.clients import Dribbler, Gulper, HalfCloser, Sipper
from buckets.driving.expect import expect_ending, expect_waiting
from buckets.driving.topics import break_it
from buckets.driving.topics.one_bucket import (
    answer_calls,
    framed,
    meet,
    serve_with_time_limits,
    serve_without,
)

LIMIT = 16_384

# send_everything: send() says how much it took -------------------------------


def numbered(count, first=0):
    """Bytes that tell their own place: a loss or a repetition shows."""
    return b"".join(b"%07d " % number for number in range(first, count))


@behaviour("send_everything", points=1, driver=answer_calls)
def test_a_short_message_arrives(server):
    """a short message arrives, and so does the next"""
    caller, anna = meet(server)
    for message in (b"hello", b"\r\nand\x00bytes\xff"):
        caller.call(message)
        anna.expect(message)
        caller.returned_something()


@behaviour(
    "send_everything",
    points=1,
    needs="a_short_message_arrives",
    driver=answer_calls,
)
def test_sent_with_send_alone(server):
    """it does without sendall(): send() is enough"""
    caller, anna = meet(server)
    caller.leave_out_helpers().call(b"by hand")
    anna.expect(b"by hand")
    caller.returned_something()


@behaviour(
    "send_everything",
    points=1,
    needs="sent_with_send_alone",
    suspects="M04",
    driver=answer_calls,
    mishaps=(Mishap("send", most=3),),
)
def test_a_part_is_not_all(server):
    """a short message arrives whole, though send() takes 3 bytes at a time"""
    caller, anna = meet(server)
    for message in (b"hello", b"a", b"and this is all"):
        caller.call(message)
        anna.expect(message)
        caller.returned_something()


@behaviour(
    "send_everything",
    points=1,
    needs="a_part_is_not_all",
    suspects="M04",
    driver=answer_calls,
    buffers=4096,
)
def test_a_long_message_arrives_whole(server):
    """200,000 bytes through small buffers arrive whole, in their order"""
    caller, anna = meet(server, Sipper, time_limit=30)
    message = numbered(25_000)
    caller.call(message)
    anna.expect(message)
    caller.returned_something()


# read_exactly: recv(n) gives at most n ---------------------------------------

MESSAGE = b"\x00\x00\x00\x0acaf\xc3\xa9\r\n!"


@behaviour("read_exactly", points=1, driver=answer_calls)
def test_what_came_at_once_is_returned(server):
    """n bytes that come at once are returned"""
    caller, anna = meet(server)
    caller.call(5)
    anna.send(b"hello")
    caller.returned(b"hello")


@behaviour(
    "read_exactly",
    points=1,
    needs="what_came_at_once_is_returned",
    driver=answer_calls,
)
def test_read_with_recv_alone(server):
    """it does without makefile(): recv() is enough"""
    caller, anna = meet(server)
    caller.leave_out_helpers().call(7)
    anna.send(b"by hand")
    caller.returned(b"by hand")


@behaviour(
    "read_exactly",
    points=1,
    needs="read_with_recv_alone",
    suspects="M40",
    driver=answer_calls,
)
def test_bytes_may_come_cut_anywhere(server):
    """n bytes that come in pieces, cut anywhere, are returned as one"""
    caller, anna = meet(server, Dribbler)
    for cut in range(1, len(MESSAGE)):
        caller.call(len(MESSAGE))
        anna.send_cut(MESSAGE, cut)
        caller.returned(MESSAGE)
    caller.call(len(MESSAGE))
    anna.send(MESSAGE)
    caller.returned(MESSAGE)


@behaviour(
    "read_exactly",
    points=1,
    needs="what_came_at_once_is_returned",
    suspects="M41",
    driver=answer_calls,
)
def test_what_follows_is_left_alone(server):
    """what follows the n bytes is left for the next call"""
    caller, anna = meet(server, Gulper)
    anna.send_glued([b"one", b"three", b"seventeen"])
    for word in (b"one", b"three", b"", b"seventeen"):
        caller.call(len(word))
        caller.returned(word)
    ben = caller.meet(server.connect("ben", Dribbler))
    caller.call(0)
    caller.returned(b"")
    caller.call(3)
    ben.send_cut(b"twoandmore", 1)
    caller.returned(b"two")
    caller.call(7)
    caller.returned(b"andmore")


@behaviour(
    "read_exactly",
    points=1,
    needs="what_came_at_once_is_returned",
    suspects="M43",
    driver=answer_calls,
)
def test_an_end_before_n_bytes_is_an_error(server):
    """an end of file before the n bytes are there raises EOFError"""
    caller, anna = meet(server, HalfCloser)
    caller.call(5, raises="EOFError")
    anna.send(b"hel")
    caller.raised("EOFError")
    # It is the caller's to close, and can be asked once more.
    caller.call(1, raises="EOFError").raised("EOFError")
    caller.meet(server.connect("ben")).half_close()
    caller.call(5, raises="EOFError")
    caller.raised("EOFError")


# read_text: a length, then so many bytes -------------------------------------


@behaviour("read_text", points=1, suspects="M44", driver=answer_calls)
def test_texts_come_back_one_by_one(server):
    """texts of any length are returned one by one, the empty one, too"""
    caller, anna = meet(server, Gulper)
    texts = ["hello", "", "two\r\nlines", "grüße, 你好"]
    anna.send_glued(map(framed, texts))
    for text in texts:
        caller.call()
        caller.returned(text)


@behaviour(
    "read_text",
    points=1,
    needs="texts_come_back_one_by_one",
    suspects="M03 M40",
    driver=answer_calls,
)
def test_a_text_may_come_cut_anywhere(server):
    """a text cut anywhere, in its length or in a character, is one text"""
    caller, anna = meet(server, Dribbler)
    text = "café 你"
    for cut in range(1, len(framed(text))):
        caller.call()
        anna.send_cut(framed(text), cut)
        caller.returned(text)
    caller.call()
    anna.send(framed(text))
    caller.returned(text)


@behaviour(
    "read_text",
    points=1,
    needs="texts_come_back_one_by_one",
    suspects="M43",
    driver=answer_calls,
)
def test_a_text_that_breaks_off_is_an_error(server):
    """an end of file inside a length or a text raises EOFError"""
    caller, _ = meet(server)
    for cut in (2, 4, 6):
        guest = caller.meet(server.connect(f"guest-{cut}", HalfCloser))
        caller.call(raises="EOFError")
        guest.send(framed("hello")[:cut])
        caller.raised("EOFError")


@behaviour(
    "read_text",
    points=1,
    needs="texts_come_back_one_by_one",
    suspects="M47",
    driver=answer_calls,
)
def test_a_length_over_the_limit_is_refused(server):
    """a length over LIMIT raises ValueError at once"""
    caller, anna = meet(server)
    caller.call(raises="ValueError")
    anna.send(b"\xff\xff\xff\xf0" + b"four gigabytes, I promise")
    caller.raised("ValueError")
    ben = caller.meet(server.connect("ben"))
    caller.call()
    ben.send(framed("x" * LIMIT))
    caller.returned("x" * LIMIT)


# read_line: a delimiter, and a buffer for what is left over ------------------


@behaviour("read_line", points=1, driver=answer_calls)
def test_a_line_is_returned(server):
    """a line is returned without its end, and so is an empty one"""
    caller, anna = meet(server)
    for line in (b"hello", b"", b"  with blanks  ", b"half an end \r"):
        caller.call(buffer=True)
        anna.send(line + b"\r\n")
        caller.returned(line)


@behaviour(
    "read_line",
    points=1,
    needs="a_line_is_returned",
    driver=answer_calls,
)
def test_lines_read_with_recv_alone(server):
    """it does without makefile(): recv() and a buffer are enough"""
    caller, anna = meet(server)
    caller.leave_out_helpers().call(buffer=True)
    anna.send(b"by hand\r\n")
    caller.returned(b"by hand")


@behaviour(
    "read_line",
    points=2,
    needs="lines_read_with_recv_alone",
    suspects="M03 M40",
    driver=answer_calls,
)
def test_a_line_may_come_cut_anywhere(server):
    """a line cut anywhere, also between \\r and \\n, is one line"""
    caller, anna = meet(server, Dribbler)
    # A lone \r or \n is a byte of the line.
    line = b"caf\xc3\xa9\ror\ntea"
    for cut in range(1, len(line + b"\r\n")):
        caller.call(buffer=True)
        anna.send_cut(line + b"\r\n", cut)
        caller.returned(line)
    caller.call(buffer=True)
    anna.send(line + b"\r\n")
    caller.returned(line)


@behaviour(
    "read_line",
    points=1,
    needs="lines_read_with_recv_alone",
    suspects="M41 M46",
    driver=answer_calls,
)
def test_what_follows_a_line_is_kept(server):
    """what follows a line is kept in the buffer, and comes first next time"""
    caller, anna = meet(server, Gulper)
    empty = [b"\r\n"] * 3
    anna.send_glued([b"one\r\n", b"two\r\n", *empty, b"thr"])
    for line in (b"one", b"two", b"", b"", b""):
        caller.call(buffer=True)
        caller.returned(line)
    caller.call(buffer=True)
    anna.send_glued([b"ee\r\n", b"four\r\n"])
    caller.returned(b"three")
    caller.call(buffer=True)
    caller.returned(b"four")


@behaviour(
    "read_line",
    points=1,
    needs="lines_read_with_recv_alone",
    suspects="M43",
    driver=answer_calls,
)
def test_an_end_between_lines_or_inside(server):
    """an end of file after a line gives None, inside a line EOFError"""
    caller, anna = meet(server, HalfCloser)
    anna.send(b"last\r\n")
    for line in (b"last", None):
        caller.call(buffer=True)
        caller.returned(line)
    ben = caller.meet(server.connect("ben", HalfCloser))
    ben.send(b"last\r\nhalf a li")
    caller.call(buffer=True).returned(b"last")
    caller.call(buffer=True, raises="EOFError").raised("EOFError")


@behaviour(
    "read_line",
    points=1,
    needs="lines_read_with_recv_alone",
    suspects="M47",
    driver=answer_calls,
)
def test_a_line_over_the_limit_is_refused(server):
    """no end of line within LIMIT bytes raises ValueError at once"""
    caller, anna = meet(server)
    longest = b"x" * (LIMIT - 2)
    caller.call(buffer=True)
    anna.send(longest + b"\r\n")
    caller.returned(longest)
    caller.call(buffer=True, raises="ValueError")
    anna.send(b"y" * LIMIT)
    caller.raised("ValueError")


# echo_lines: a server for one client -----------------------------------------


@behaviour("echo_lines", points=1)
def test_lines_come_back_numbered(server):
    """each line comes back with its number"""
    anna = server.connect("anna")
    for number, line in enumerate((b"hello", b"", b"caf\xc3\xa9"), start=1):
        anna.send(line + b"\r\n").expect(b"%d %s\r\n" % (number, line))


@behaviour(
    "echo_lines",
    points=1,
    needs="lines_come_back_numbered",
    driver=serve_without,
)
def test_echo_by_hand(server):
    """it does without sendall() and makefile()"""
    server.connect("anna").send(b"by hand\r\n").expect(b"1 by hand\r\n")


@behaviour(
    "echo_lines",
    points=1,
    needs="echo_by_hand",
    suspects="M41",
)
def test_lines_may_come_cut_and_glued(server):
    """lines cut anywhere, and lines glued together, are answered one by one"""
    anna = server.connect("anna", Dribbler)
    for cut in range(1, 6):
        anna.send_cut(b"drop\r\n", cut).expect(b"%d drop\r\n" % cut)
    for cut in range(1, 12):
        anna.send_cut(b"tick\r\ntock\r\n", cut)
        numbers = 2 * cut + 4, 2 * cut + 5
        anna.expect(b"%d tick\r\n%d tock\r\n" % numbers)


@behaviour("echo_lines", points=1, needs="echo_by_hand", suspects="M43")
def test_a_half_closed_client_hears_the_rest(server):
    """who has finished sending hears every answer, then the end of file"""
    anna = server.connect("anna", HalfCloser)
    # Frozen: the server finds the lines and the end of file in one look.
    with server.frozen():
        anna.send(b"first\r\nlast\r\nhalf a li")
    anna.expect(b"1 first\r\n2 last\r\n").expect_eof()
    expect_ending(server, "returned")


@behaviour(
    "echo_lines",
    points=1,
    needs="echo_by_hand",
    suspects="M04",
    driver=serve_with_time_limits,
    buffers=4096,
)
def test_long_answers_arrive_whole(server):
    """long answers to a client that reads slowly arrive whole"""
    anna = server.connect("anna", Sipper)
    for number in (1, 3, 5):
        one, two = numbered(1500), numbered(3000, 1500)
        anna.send(one + b"\r\n" + two + b"\r\n")
        answers = b"%d %s\r\n%d %s\r\n" % (number, one, number + 1, two)
        anna.expect(answers)


@behaviour("echo_lines", points=2, needs="echo_by_hand", suspects="M47 M09")
def test_too_long_a_line_is_told_so(server):
    """too long a line is answered with b"too long", then the end of file"""
    anna = server.connect("anna")
    anna.send(b"hello\r\n").expect(b"1 hello\r\n")
    with server.frozen():
        anna.send(b"x" * (LIMIT + 4000))
    # Whoever closes with bytes unread, or while more come, sends a reset,
    # and whether the client reads the last words before it is chance.
    expect_waiting(server)
    anna.expect(b"too long\r\n").expect_eof()
    anna.send(b"what?\r\n").send(b"why?\r\n")
    expect_waiting(server)
    anna.half_close()
    expect_ending(server, "returned")


# wrong_echo: servers, right and wrong, that a client tells apart -------------

echoes = partial(
    behaviour,
    "wrong_echo",
    points=1,
    driver=break_it.meet,
    serves="echo_lines",
    suspects="M170",
)
# Below a client that accuses everybody, no wrong server counts.
exposes = partial(echoes, needs="no_right_echo_is_accused")


@echoes(
    servers="echo_in_one_loop echo_with_a_class echo_one_line_for_each_recv"
)
def test_no_right_echo_is_accused(server):
    """accuses no right server, and exposes one that drops lines"""
    break_it.expect_told_apart(server)


@exposes(servers="looks_at_the_newest_piece")
def test_an_end_in_two_pieces(server):
    """exposes a server that does not see the end of a line that was cut"""
    break_it.expect_told_apart(server)


@exposes(servers="cuts_at_a_newline")
def test_lines_that_it_cuts_short(server):
    """exposes a server that ends lines where they do not end"""
    break_it.expect_told_apart(server)


@exposes(servers="echo_ends_at_an_empty_line")
def test_an_empty_line_is_a_line(server):
    """exposes a server that hangs up before the end"""
    break_it.expect_told_apart(server)
