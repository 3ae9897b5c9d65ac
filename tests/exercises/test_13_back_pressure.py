"""What exercise 13 promises, tested with a speaker and a hearer in one hand.

Nobody is slow by the clock: who listens takes something when the test says
so, and nothing before that. The kernel knows how much a server has read and
written, so what it keeps is counted, and not guessed.
"""

from functools import partial

from buckets.behaviour import behaviour
from buckets.conditions import Mishap
from buckets.driving.beyond import Upstream
from buckets.driving.clients import Dribbler
from buckets.driving.expect import (
    expect_alone,
    expect_cut,
    expect_little_memory,
    expect_rest,
)
from buckets.driving.topics.back_pressure import (
    PIECE,
    SCOOP,
    Asking,
    Flood,
    Said,
    answer,
    ask_at_once,
    begin,
    begin_relay,
    begin_room,
    come_in,
    expect_answer,
    expect_even,
    expect_little_made,
    expect_long_answer,
    expect_told,
    expect_turns,
    given_to,
    question,
    serve_all,
    serve_in_turns,
    serve_made,
    serve_marked,
    until_it_is_full,
    until_made,
    until_they_lie_there,
)
from buckets.driving.topics.connecting_out import (
    expect_both_let_go,
    expect_passed,
    pair,
)
from buckets.driving.topics.find_the_fault import (
    answer_once,
    expect_committed,
    expect_named,
)

SMALL = 65536  # bytes of the buffers of a slow one's connection
LARGE = 400_000  # bytes of buffers that take a whole answer
MUCH = 15_000_000  # bytes
ROOM = 24 << 20  # bytes of memory that a server may take
HIGH, LOW = 1_000_001, 200_001  # bytes
ENOUGH = 700_001  # bytes that are kept at least, after the kernel's last sip
MOST = 262_144  # bytes that a room may keep for each client

pieces = partial(behaviour, "answer_in_pieces", driver=serve_made)
turns = partial(behaviour, "answer_in_turns", driver=serve_in_turns)
marks = partial(
    behaviour, "relay_with_marks", driver=serve_marked, outward=True
)
rooms = partial(behaviour, "broadcast_or_drop", driver=serve_all)

# answer_in_pieces: a long answer in pieces -----------------------------------


@pieces(points=1)
def test_each_hears_its_answer(server):
    """each client hears the bytes that it has asked for, and asks again"""
    maker = begin(server)
    anna, ben = server.connect("anna"), server.connect("ben", Dribbler)
    for size in (1, 100, PIECE, PIECE + 1, 3 * PIECE):
        anna.send(question("tea", size))
        expect_answer(anna, "tea", size)
    ben.send(question("ham", 70_000))
    expect_answer(ben, "ham", 70_000)
    maker.expect_small_pieces(PIECE)
    expect_alone(server)


@pieces(
    points=2,
    needs="each_hears_its_answer",
    suspects="M200",
)
def test_it_makes_what_there_is_room_for(server):
    """of an answer that nobody takes, little is made"""
    maker = begin(server)
    with expect_little_memory(server, ROOM):
        anna = server.connect("anna", receive_buffer=SMALL)
        anna.send(question("tea", MUCH))
        until_it_is_full(server, maker, anna, "tea")
        maker.expect_small_pieces(PIECE)
        expect_little_made(maker, anna, "tea", PIECE)
    expect_rest(server)


@pieces(
    points=1,
    needs="each_hears_its_answer",
    suspects="M68 M13",
)
def test_a_full_client_holds_nobody(server):
    """others are answered beside who takes nothing"""
    maker = begin(server)
    anna = server.connect("anna", receive_buffer=SMALL)
    anna.send(question("tea", MUCH))
    until_it_is_full(server, maker, anna, "tea")
    for name in ("ben", "cleo", "dora"):
        client = server.connect(name).send(question("ham", 50_000))
        expect_answer(client, "ham", 50_000)
    maker.expect_small_pieces(PIECE)


@pieces(
    points=1,
    needs="it_makes_what_there_is_room_for",
    suspects="M04",
    buffers=SMALL,
    mishaps=(Mishap("send", at=5, times=5, most=1000),),
)
def test_all_of_a_long_answer_arrives(server):
    """15 megabytes arrive, byte for byte, at who takes them by and by"""
    maker = begin(server)
    anna = server.connect("anna", receive_buffer=SMALL)
    anna.send(question("tea", MUCH))
    until_it_is_full(server, maker, anna, "tea")
    expect_long_answer(maker, anna, "tea", MUCH)
    maker.expect_small_pieces(PIECE)
    anna.send(question("ham", 10))
    expect_answer(anna, "ham", 10)


@pieces(
    points=1,
    needs="it_makes_what_there_is_room_for",
    suspects="M10",
)
def test_who_is_gone_is_let_go(server):
    """who vanishes, at rest or before an answer, is let go, and nobody else"""
    maker = begin(server)
    ben = server.connect("ben")
    ben.send(question("ham", 10))
    expect_answer(ben, "ham", 10)
    dora = server.connect("dora").send(question("soup", 10))
    expect_answer(dora, "soup", 10)
    dora.reset()
    anna = server.connect("anna", receive_buffer=SMALL)
    anna.send(question("tea", MUCH))
    until_it_is_full(server, maker, anna, "tea")
    anna.reset()
    cleo = server.connect("cleo").send(question("jam", 10))
    expect_answer(cleo, "jam", 10)
    cleo.half_close()
    cleo.expect_eof()
    expect_rest(server)
    ben.send(question("ham", 50_000))
    expect_answer(ben, "ham", 50_000)


# answer_in_turns: turns of equal length --------------------------------------


@turns(points=1)
def test_many_questions_at_once(server):
    """all questions of a client are answered, in order, to the end"""
    maker = begin(server, quantum=8192)
    anna = server.connect("anna", Dribbler)
    anna.send_cut(question("tea", 100) + question("ham", 9000), 3, 12)
    expect_answer_after_answer(anna, ("tea", 100), ("ham", 9000))
    ben = server.connect("ben")
    asks = [("jam", 1), ("tea", 20_000), ("jam", 8192), ("ham", 5)]
    ben.send(b"".join(question(*each) for each in asks)).half_close()
    expect_answer_after_answer(ben, *asks)
    ben.expect_eof()
    maker.expect_small_pieces(8192)
    expect_alone(server)


def expect_answer_after_answer(client, *asks):
    """A client hears these answers, one behind the other."""
    for name, size in asks[:-1]:
        client.expect_next(answer(name, size))
    client.expect(answer(*asks[-1]))


@turns(
    points=2,
    needs="many_questions_at_once",
    suspects="M201",
)
def test_a_hundred_small_ones_beside_a_large_one(server):
    """who asks for little has it soon, beside who asks for much"""
    maker = begin(server, quantum=8192)
    anna = server.connect("anna").send(question("hello", 1))
    expect_answer(anna, "hello", 1)
    others = server.mob(100, "other").send(lambda _: question("hello", 1))
    others.expect(lambda _: answer("hello", 1))
    with server.frozen():
        anna.send(question("tea", MUCH))
        others.send(lambda n: question(f"other-{n + 1}", 1000))
        until_they_lie_there(server, [anna, *others.members], 8)
    others.expect(lambda n: answer(f"other-{n + 1}", 1000))
    names = [member.name for member in others.members]
    expect_turns(maker, "tea", names, 3 * 8192)
    maker.expect_small_pieces(8192)


@turns(
    points=2,
    needs="many_questions_at_once",
    suspects="M202",
    buffers=LARGE,
)
def test_two_who_want_the_same_get_the_same(server):
    """large questions and small ones are served side by side, by bytes"""
    maker = begin(server, quantum=8192)
    anna, ben = come_in(server, "anna", "ben", receive_buffer=LARGE)
    asks = {anna: question("tea", 96_000), ben: question("ham", 1000) * 96}
    ask_at_once(server, asks)
    until_made(server, maker, "tea", 96_000)
    until_made(server, maker, "ham", 96_000)
    expect_even(maker, "tea", "ham", 96_000, 2 * 8192)
    expect_answer(anna, "tea", 96_000)
    expect_answer_after_answer(ben, *[("ham", 1000)] * 96)


@turns(
    points=2,
    needs="many_questions_at_once",
    suspects="M19",
)
def test_who_asks_without_end_fills_nothing(server):
    """who asks without end and takes nothing is read from no more"""
    maker = begin(server, quantum=8192)
    with expect_little_memory(server, ROOM):
        anna = server.connect("anna", receive_buffer=SMALL)
        flood = Asking(server, maker, anna, "tea", 8192)
        flood.until_read_no_more(2 * SCOOP)
        expect_little_made(maker, anna, "tea", 8192)
    expect_rest(server)
    ben = server.connect("ben").send(question("ham", 10))
    expect_answer(ben, "ham", 10)


# relay_with_marks: the fast is stopped for the slow --------------------------


@marks(points=1)
def test_bytes_go_both_ways(server):
    """bytes go both ways, and each client has a connection of its own"""
    tea = Upstream(server, "tea")
    begin_relay(server, tea, HIGH, LOW)
    anna, far = pair(server, tea, "anna")
    ben, his = pair(server, tea, "ben")
    his.send(b"who is there?")
    ben.expect(b"who is there?")
    expect_passed((anna, far), (ben, his), word=b"green")
    expect_alone(server)


@marks(
    points=2,
    needs="bytes_go_both_ways",
    suspects="M19 M203",
    buffers=SMALL,
)
def test_it_reads_up_to_the_high_mark(server):
    """who takes nothing lets so much be kept, and no more, either way"""
    tea = Upstream(server, "tea", buffers=SMALL)
    begin_relay(server, tea, HIGH, LOW)
    with expect_little_memory(server, ROOM):
        slow = server.connect("slow", receive_buffer=SMALL)
        flood = Flood(server, tea.answers("tea-slow"), slow)
        flood.until_stopped(ENOUGH, HIGH + SCOOP)
        anna, far = pair(server, tea, "anna")
        Flood(server, anna, far).until_stopped(LOW, HIGH + SCOOP)
    expect_rest(server)


@marks(
    points=2,
    needs="it_reads_up_to_the_high_mark",
    suspects="M204 M205",
    buffers=SMALL,
)
def test_it_reads_again_at_the_low_mark(server):
    """it reads again when little is kept, and not before, twice"""
    tea = Upstream(server, "tea")
    begin_relay(server, tea, HIGH, LOW)
    slow = server.connect("slow", receive_buffer=SMALL)
    flood = Flood(server, tea.answers("tea-slow"), slow)
    for _ in range(2):
        flood.until_stopped(ENOUGH, HIGH + SCOOP).until_read_again(LOW)
    flood.until_stopped(ENOUGH, HIGH + SCOOP)


@marks(
    points=1,
    needs="bytes_go_both_ways",
    suspects="M206",
    buffers=SMALL,
)
def test_one_direction_is_stopped_alone(server):
    """the other direction goes on, and so does everybody else"""
    tea = Upstream(server, "tea")
    begin_relay(server, tea, HIGH, LOW)
    slow = server.connect("slow", receive_buffer=SMALL)
    far = tea.answers("tea-slow")
    ben, his = pair(server, tea, "ben")
    Flood(server, far, slow).until_stopped(1, HIGH + SCOOP)
    slow.send(b"slowly, please")
    far.expect(b"slowly, please")
    expect_passed((ben, his), word=b"green")


@marks(
    points=1,
    needs="bytes_go_both_ways",
    suspects="M67 M195",
    buffers=SMALL,
)
def test_all_arrives_and_then_the_end(server):
    """what was kept arrives, byte for byte, and then the end"""
    tea = Upstream(server, "tea")
    begin_relay(server, tea, HIGH, LOW)
    slow = server.connect("slow", receive_buffer=SMALL)
    far = tea.answers("tea-slow")
    flood = Flood(server, far, slow, size=5_000_000)
    flood.until_stopped(1, HIGH + SCOOP).until_all_is_heard()
    slow.send(b"thanks")
    far.expect(b"thanks")
    with expect_both_let_go(server):
        slow.close()
        far.expect_eof()


@marks(
    points=1,
    needs="bytes_go_both_ways",
    suspects="M204",
)
def test_a_short_one_is_not_kept_waiting(server):
    """what is less than the low mark goes on, with either mark small"""
    tea = Upstream(server, "tea")
    begin_relay(server, tea, 2, 0)
    anna, far = pair(server, tea, "anna")
    expect_passed((anna, far), word=b"green")
    anna.send(b"x" * 100_000).half_close()
    far.expect_next(b"x" * 100_000).expect_eof()
    far.send(b"that is all").half_close()
    anna.expect_next(b"that is all").expect_eof()
    expect_rest(server)


@marks(
    points=1,
    needs="bytes_go_both_ways",
    suspects="M197 M10",
)
def test_who_vanishes_ends_its_pair_alone(server):
    """who vanishes in front of much ends its partner, and nobody else"""
    tea = Upstream(server, "tea", buffers=SMALL)
    begin_relay(server, tea, HIGH, LOW)
    ben, his = pair(server, tea, "ben")
    expect_passed((ben, his), word=b"green")
    anna, far = pair(server, tea, "anna")
    Flood(server, anna, far).until_stopped(1, HIGH + SCOOP)
    with expect_both_let_go(server):
        far.reset()
        expect_cut(anna)
    expect_passed((ben, his), word=b"still here")


# broadcast_or_drop: what to drop, and say so --------------------------------


@rooms(points=1)
def test_each_line_goes_to_everybody_else(server):
    """each line goes to all others, whole, and not to who has sent it"""
    begin_room(server, MOST)
    anna, ben = server.connect("anna"), server.connect("ben")
    cleo = server.connect("cleo", Dribbler)
    # Who speaks has come last, so the others are in the room.
    cleo.send(b"hello\n")
    for one in (anna, ben):
        one.expect(b"hello\n")
    ben.send(b"good ")
    anna.send(b"green\nblack\n\xff\n")
    for one in (ben, cleo):
        one.expect(b"green\nblack\n\xff\n")
    ben.send(b"day\n\n")
    for one in (anna, cleo):
        one.expect(b"good day\n\n")
    expect_alone(server)


@rooms(
    points=1,
    suspects="M209 M68",
    buffers=SMALL,
)
def test_a_slow_one_stops_nobody(server):
    """beside who takes nothing, others hear each line, and memory is small"""
    begin_room(server, MOST)
    with expect_little_memory(server, ROOM):
        server.connect("slow", receive_buffer=SMALL)
        ben, anna = server.connect("ben"), server.connect("anna")
        Said(anna, ben, size=4000).say(10_000, at_once=8)
    expect_rest(server)
    ben.send(b"that was a lot\n")
    anna.expect(b"that was a lot\n")


@rooms(
    points=2,
    needs="a_slow_one_stops_nobody",
    suspects="M207 M208",
    buffers=SMALL,
)
def test_what_is_dropped_is_told(server):
    """who was slow hears whole lines, and how many are missing, and where"""
    begin_room(server, MOST)
    slow = server.connect("slow", receive_buffer=SMALL)
    ben, anna = server.connect("ben"), server.connect("anna")
    said = Said(anna, ben, beside=[slow]).say(1000)
    given = given_to(server, slow)
    heard = said.heard_by(slow)
    expect_told(slow, given, heard, MOST)
    expect_rest(server)


@rooms(
    points=1,
    needs="what_is_dropped_is_told",
    suspects="M208 M206",
    buffers=SMALL,
)
def test_after_that_it_hears_again(server):
    """who is slow is heard, and once it has caught up, hears each line"""
    begin_room(server, MOST)
    slow = server.connect("slow", receive_buffer=SMALL)
    ben, anna = server.connect("ben"), server.connect("anna")
    said = Said(anna, ben).say(1000)
    slow.send(b"not so fast\n")
    for one in (anna, ben):
        one.expect(b"not so fast\n")
    said.heard_by(slow)
    said.hearers = (ben, slow)
    said.say(32)
    said.hearers = (ben,)
    said.say(1000).heard_by(slow)


@rooms(
    points=1,
    suspects="M10",
    buffers=SMALL,
)
def test_who_leaves_is_let_go(server):
    """who leaves or vanishes is let go, and the others go on"""
    begin_room(server, MOST)
    slow = server.connect("slow", receive_buffer=SMALL)
    ben, anna = server.connect("ben"), server.connect("anna")
    said = Said(anna, ben).say(500)
    slow.reset()
    server.connect("cleo").close()
    dora = server.connect("dora").send(b"good").half_close()
    dora.expect_eof()
    expect_rest(server)
    said.say(32)


# faults_of_marks: recorded runs, and what is wrong in them -------------------

finds = partial(
    behaviour,
    "faults_of_marks",
    driver=answer_once,
    recorded=False,
)


@finds(points=1, suspects="M180 M181")
def test_the_fault_of_vetch(server):
    """says what is wrong in vetch: the line, and the belief"""
    expect_named(server, "vetch")


@finds(points=1, suspects="M180 M181")
def test_the_fault_of_willow(server):
    """says what is wrong in willow: the line, and the belief"""
    expect_named(server, "willow")


@finds(points=2, pends=True)
def test_an_answer_for_yarrow(server):
    """has an answer for yarrow, which is compared when it is handed in"""
    expect_committed(server, "yarrow")
