"""Harder variants of exercise 13's tests, for grading only.

Each guards the points of a visible test and promises nothing new: other sizes,
other marks, more clients, and coincidences that meet a frozen server at once.
"""

from functools import partial

from buckets.behaviour import behaviour
from buckets.conditions import Mishap
from buckets.driving.beyond import Upstream
from buckets.driving.clients import Dribbler
from buckets.driving.expect import (
    expect_cut,
    expect_one_descriptor_less,
    expect_rest,
    until_it_sleeps,
)
from buckets.driving.seed import dice
from buckets.driving.topics.back_pressure import (
    PIECE,
    SCOOP,
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
    expect_not_read,
    expect_nothing_dropped,
    expect_one_scoop,
    expect_short_turns,
    expect_told,
    fill_to_the_brim,
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
    speak_in_any_order,
)
from buckets.driving.topics.find_the_fault import answer_once, expect_named

SMALL = 65536  # bytes of the buffers of a slow one's connection
LARGE = 400_000  # bytes of buffers that take a whole answer
MUCH = 15_000_000  # bytes

pieces = partial(behaviour, "answer_in_pieces", driver=serve_made)
turns = partial(behaviour, "answer_in_turns", driver=serve_in_turns)
marks = partial(
    behaviour, "relay_with_marks", driver=serve_marked, outward=True
)
rooms = partial(behaviour, "broadcast_or_drop", driver=serve_all)

# answer_in_pieces ------------------------------------------------------------


@pieces(
    needs="each_hears_its_answer",
    hardens="it_makes_what_there_is_room_for",
    suspects="M200",
    buffers=SMALL,
    mishaps=(Mishap("send", most=1000),),
)
def test_several_who_take_nothing(server):
    """several take nothing, and for each of them little is made"""
    maker = begin(server)
    for name in ("tea", "ham", "jam"):
        client = server.connect(name, receive_buffer=SMALL)
        client.send(question(name, 12_345_678))
        until_it_is_full(server, maker, client, name)
        expect_little_made(maker, client, name, PIECE)
    anna = server.connect("anna")
    size = dice(server).randrange(1, 200_000)
    anna.send(question("soup", size))
    expect_answer(anna, "soup", size)
    maker.expect_small_pieces(PIECE)


@pieces(
    needs="each_hears_its_answer",
    hardens="who_is_gone_is_let_go",
    suspects="M67 M08",
    buffers=SMALL,
)
def test_who_has_finished_has_its_answer(server):
    """who asks and finishes sending hears all of the answer, and the end"""
    maker = begin(server)
    anna = server.connect("anna", receive_buffer=SMALL)
    anna.send(question("tea", 1_000_000)).half_close()
    until_it_is_full(server, maker, anna, "tea")
    ben = server.connect("ben").send(question("ham", 10)).half_close()
    ben.expect_next(answer("ham", 10)).expect_eof()
    with expect_one_descriptor_less(server):
        anna.expect_next(answer("tea", 1_000_000)).expect_eof()


# answer_in_turns -------------------------------------------------------------


@turns(
    needs="many_questions_at_once",
    hardens="many_questions_at_once",
    suspects="M04",
    mishaps=(Mishap("send", at=5, times=9, most=300),),
)
def test_questions_of_any_size(server):
    """random questions, cut anywhere by the kernel, are answered in order"""
    maker, chance = begin(server, quantum=1000), dice(server)
    asks = [
        (f"cup-{number}", chance.randrange(1, 5000)) for number in range(60)
    ]
    anna = server.connect("anna")
    anna.send(b"".join(question(*each) for each in asks)).half_close()
    anna.expect_next(b"".join(answer(*each) for each in asks)).expect_eof()
    maker.expect_small_pieces(1000)


@turns(
    needs="many_questions_at_once",
    hardens="two_who_want_the_same_get_the_same",
    suspects="M202",
    buffers=LARGE,
)
def test_another_quantum(server):
    """with a small quantum and odd sizes, two still get the same"""
    maker = begin(server, quantum=3000)
    anna, ben = come_in(server, "anna", "ben", receive_buffer=LARGE)
    asks = {anna: question("ham", 700) * 100, ben: question("tea", 70_000)}
    ask_at_once(server, asks)
    until_made(server, maker, "tea", 70_000)
    until_made(server, maker, "ham", 70_000)
    expect_even(maker, "tea", "ham", 70_000, 2 * 3000)
    anna.expect(answer("ham", 700) * 100)


@turns(
    needs="many_questions_at_once",
    hardens="who_asks_without_end_fills_nothing",
    suspects="M200",
    buffers=SMALL,
    mishaps=(Mishap("send", most=1000),),
)
def test_a_turn_after_a_part(server):
    """a part of a turn was taken: what is left counts in the next one"""
    maker = begin(server, quantum=16_384)
    anna = server.connect("anna", receive_buffer=SMALL)
    anna.send(question("tea", 700_000) * 20)
    until_it_is_full(server, maker, anna, "tea")
    expect_little_made(maker, anna, "tea", 16_384)


@turns(
    needs="many_questions_at_once",
    hardens="many_questions_at_once",
    suspects="M10",
)
def test_who_vanishes_between_questions(server):
    """who vanishes while nothing is due is let go, and nobody else notices"""
    begin(server, quantum=1000)
    anna, ben = come_in(server, "anna", "ben")
    anna.reset()
    ben.send(question("ham", 5000))
    expect_answer(ben, "ham", 5000)
    expect_rest(server)
    cleo = server.connect("cleo").send(question("jam", 10))
    expect_answer(cleo, "jam", 10)


@turns(
    needs="many_questions_at_once",
    hardens="a_hundred_small_ones_beside_a_large_one",
    suspects="M201",
    buffers=LARGE,
)
def test_a_turn_is_no_longer_than_a_quantum(server):
    """eight who want the same have a turn each, round by round"""
    maker, size = begin(server, quantum=4096), 48_000
    names = [f"cup-{number}" for number in range(1, 9)]
    clients = come_in(server, *names, receive_buffer=LARGE)
    ask_at_once(server, {one: question(one.name, size) for one in clients})
    for name in names:
        until_made(server, maker, name, size)
    expect_short_turns(maker, names, size, 4096)
    for one in clients:
        expect_answer(one, one.name, size)


@turns(
    needs="many_questions_at_once",
    hardens="who_asks_without_end_fills_nothing",
    suspects="M19",
    buffers=LARGE,
)
def test_many_questions_lie_there(server):
    """of many questions that lie there, 65,536 bytes are read at once"""
    maker = begin(server, quantum=8192)
    [anna] = come_in(server, "anna", receive_buffer=SMALL)
    one = question("tea", 8192)
    asks = one * (3 * SCOOP // len(one))
    with server.frozen():
        anna.send(asks)
        until_they_lie_there(server, [anna], len(asks))
    until_it_is_full(server, maker, anna, "tea")
    answered = -(-maker.made_for("tea") // 8192) * len(one)
    expect_one_scoop(server, anna, answered + len(question("hello", 1)))
    ben = server.connect("ben", receive_buffer=SMALL)
    ben.send(question("ham", MUCH) + question("jam", MUCH))
    until_it_is_full(server, maker, ben, "ham")
    expect_not_read(server, ben, question("ham", 10))


# relay_with_marks ------------------------------------------------------------


@marks(
    needs="bytes_go_both_ways",
    hardens="it_reads_up_to_the_high_mark it_reads_again_at_the_low_mark",
    suspects="M19 M204",
    buffers=SMALL,
)
def test_other_marks(server):
    """other marks are kept, too"""
    high, low = 2_300_001, 900_001
    tea = Upstream(server, "tea")
    begin_relay(server, tea, high, low)
    slow = server.connect("slow", receive_buffer=SMALL)
    flood = Flood(server, tea.answers("tea-slow"), slow)
    enough = high - 300_000
    flood.until_stopped(enough, high + SCOOP).until_read_again(low)
    flood.until_stopped(enough, high + SCOOP)


@marks(
    needs="bytes_go_both_ways",
    hardens="it_reads_again_at_the_low_mark",
    suspects="M204",
    buffers=SMALL,
)
def test_at_the_lowest_mark_it_reads_again(server):
    """where the low mark is 0, it reads again when nothing is kept"""
    tea = Upstream(server, "tea")
    begin_relay(server, tea, 100_001, 0)
    slow = server.connect("slow", receive_buffer=SMALL)
    flood = Flood(server, tea.answers("tea-slow"), slow, size=2_000_000)
    flood.until_stopped(1, 100_001 + SCOOP).until_all_is_heard()


@marks(
    needs="bytes_go_both_ways",
    hardens="it_reads_up_to_the_high_mark",
    suspects="M204",
    buffers=SMALL,
)
def test_exactly_the_high_mark(server):
    """when as many bytes are kept as the high mark says, it reads no more"""
    high = 100_001
    tea = Upstream(server, "tea")
    begin_relay(server, tea, high, 5000)
    slow = server.connect("slow", receive_buffer=SMALL)
    Flood(server, tea.answers("tea-slow"), slow).until_exactly(high)


@marks(
    needs="bytes_go_both_ways",
    hardens="bytes_go_both_ways",
)
def test_many_pairs_speak(server):
    """thirty pairs speak in any order, and nobody hears another's bytes"""
    tea, chance = Upstream(server, "tea"), dice(server)
    begin_relay(server, tea, 5000, 1000)
    ends = [pair(server, tea, f"client-{n + 1}") for n in range(30)]
    speak_in_any_order(ends, chance)


@marks(
    needs="bytes_go_both_ways",
    hardens="all_arrives_and_then_the_end",
    suspects="M06 M67",
    buffers=SMALL,
)
def test_both_finish_before_all_is_taken(server):
    """it rests when one side has finished; both have, and all still arrives"""
    tea = Upstream(server, "tea")
    begin_relay(server, tea, 1_000_001, 200_001)
    slow = server.connect("slow", receive_buffer=SMALL)
    far = tea.answers("tea-slow")
    slow.half_close()
    far.expect_eof()
    expect_rest(server)
    flood = Flood(server, far, slow, size=900_000)
    flood.until_all_is_read()
    flood.until_all_is_heard()


@marks(
    needs="bytes_go_both_ways",
    hardens="who_vanishes_ends_its_pair_alone",
    suspects="M197 M10",
)
def test_who_vanishes_at_rest_ends_its_pair(server):
    """who vanishes while nothing is kept ends its partner, from either side"""
    tea = Upstream(server, "tea")
    begin_relay(server, tea, 5000, 1000)
    ben, his = pair(server, tea, "ben")
    expect_passed((ben, his), word=b"green")
    for name, which in (("anna", 0), ("cleo", 1)):
        ends = pair(server, tea, name)
        expect_passed(ends, word=b"black")
        with expect_both_let_go(server):
            ends[which].reset()
            expect_cut(ends[1 - which])
    expect_passed((ben, his), word=b"still here")


# broadcast_or_drop -----------------------------------------------------------


@rooms(
    hardens="what_is_dropped_is_told",
    suspects="M207 M208",
    buffers=SMALL,
)
def test_two_slow_ones(server):
    """two who are slow are told each of its own, with another bound"""
    begin_room(server, 200_000)
    slow = server.connect("slow", receive_buffer=SMALL)
    late = server.connect("late", receive_buffer=SMALL)
    ben, anna = server.connect("ben"), server.connect("anna")
    said = Said(anna, ben, size=777, beside=[slow, late]).say(1200)
    given = given_to(server, slow)
    expect_told(slow, given, said.heard_by(slow), 200_000)
    said.hearers = (ben, slow)
    said.say(16)
    said.hearers = (ben,)
    said.say(1200)
    given = given_to(server, late)
    expect_told(late, given, said.heard_by(late), 200_000)
    said.heard_by(slow)


@rooms(
    hardens="what_is_dropped_is_told",
    suspects="M208",
    buffers=SMALL,
)
def test_a_line_that_just_fits(server):
    """a line for which there is just so much room is not dropped"""
    most = 50_000
    begin_room(server, most)
    slow = server.connect("slow", receive_buffer=SMALL)
    ben, anna = server.connect("ben"), server.connect("anna")
    said = Said(anna, ben)
    last = fill_to_the_brim(server, said, slow, most)
    expect_nothing_dropped(said, slow, last)


@rooms(
    needs="each_line_goes_to_everybody_else",
    hardens="each_line_goes_to_everybody_else",
)
def test_a_long_line_comes_whole(server):
    """who is alone hears nothing, and a line of 4,096 bytes comes whole"""
    begin_room(server, 50_000)
    anna = server.connect("anna", Dribbler)
    anna.send_cut(b"is there anybody?\n", 9)
    until_it_sleeps(server)
    anna.expect_silence()
    ben = server.connect("ben")
    ben.send(b"now there is\n")
    anna.expect(b"now there is\n")
    line = (b"a line as long as a line may be, " * 125)[:4095] + b"\n"
    anna.send_cut(line, 2500, 4095)
    ben.expect(line)
    ben.send(b"thanks\n")
    anna.expect(b"thanks\n")


# faults_of_marks -------------------------------------------------------------


@behaviour(
    "faults_of_marks",
    needs="an_answer_for_yarrow",
    hardens="an_answer_for_yarrow",
    suspects="M180 M181",
    driver=answer_once,
    recorded=False,
)
def test_the_fault_of_yarrow(server):
    """says what is wrong in yarrow: the line, and the belief"""
    expect_named(server, "yarrow")
