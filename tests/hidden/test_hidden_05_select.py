"""Harder variants of exercise 05's tests, for grading only.

Each guards the points of a visible test and promises nothing new: random
content, larger crowds, coincidences that meet a frozen server in one look.
"""

from functools import partial

from buckets.behaviour import behaviour
from buckets.conditions import Leap, Mishap
from buckets.driving.clients import (
    Client,
    Ghost,
    Gulper,
    HalfCloser,
    Squatter,
    Talker,
)
from buckets.driving.expect import (
    expect_ending,
    expect_open,
    expect_rest,
    expect_same_descriptors,
    until_it_sleeps,
)
from buckets.driving.seed import dice, random_cuts, random_line
from buckets.driving.topics.break_it import expect_told_apart, meet
from buckets.driving.topics.find_the_fault import answer_once, expect_named


def turned(line):
    """The answer to one line."""
    return line[-2::-1] + b"\n"


def crowd(server, names, kind=None):
    return [server.connect(name, *filter(None, [kind])) for name in names]


def expect_shuffled_pieces_answered(server, names, most):
    """Clients send lines that are cut anywhere, in an order drawn by lot."""
    chance = dice(server)
    clients = crowd(server, names)
    lines = [[random_line(chance) for _ in range(most)] for _ in clients]
    pieces = [random_cuts(chance, b"".join(each)) for each in lines]
    turns = [n for n, each in enumerate(pieces) for _ in each]
    chance.shuffle(turns)
    for number in turns:
        clients[number].send(pieces[number].pop(0))
    for client, each in zip(clients, lines, strict=True):
        client.expect(b"".join(map(turned, each)))


# three_guests --------------------------------------------------------------


def three_by_lot(server):
    """Three guests in an order drawn by lot, and a line for each."""
    chance = dice(server)
    guests = crowd(server, ("anna", "ben", "cleo"))
    chance.shuffle(guests)
    return [(guest, random_line(chance)) for guest in guests]


@behaviour(
    "three_guests",
    needs="whoever_speaks_first_is_answered_first",
    hardens="whoever_speaks_first_is_answered_first",
    suspects="M11",
)
def test_whoever_speaks_first_in_whatever_words(server):
    """three guests speak in an order drawn by lot, each in its own words"""
    for guest, line in three_by_lot(server):
        guest.send(line).expect(turned(line))


@behaviour(
    "three_guests",
    needs="each_guest_is_seen_off",
    hardens="each_guest_is_seen_off",
    suspects="M85 M14",
)
def test_each_is_seen_off_in_whatever_order(server):
    """each of three is seen off after its answer, in an order drawn by lot"""
    for guest, line in three_by_lot(server):
        guest.send(line).expect(turned(line)).expect_eof()


@behaviour(
    "three_guests",
    needs="returns_after_the_third",
    hardens="returns_after_the_third",
)
def test_all_three_may_speak_at_once(server):
    """three guests who speak in the same moment are all answered"""
    chance = dice(server)
    guests = crowd(server, ("anna", "ben", "cleo"))
    lines = [random_line(chance) for _ in guests]
    with server.frozen():
        for guest, line in zip(guests, lines, strict=True):
            guest.send(line)
    for guest, line in zip(guests, lines, strict=True):
        guest.expect(turned(line)).expect_eof()
    expect_ending(server, "returned")


# open_door -----------------------------------------------------------------


@behaviour(
    "open_door",
    needs="everybody_is_welcomed_at_once",
    hardens="everybody_is_welcomed_at_once",
    suspects="M34 M27",
)
def test_a_crowd_comes_at_once(server):
    """sixty newcomers who come in the same moment are all welcomed"""
    with server.frozen():
        mob = server.mob(60)
    mob.expect(lambda _: b"welcome\n", backwards=True)


@behaviour(
    "open_door",
    needs="what_comes_is_sent_back",
    hardens="what_comes_is_sent_back",
)
def test_any_bytes_are_sent_back(server):
    """any bytes come back to whoever sent them, in any order of speaking"""
    chance = dice(server)
    clients = crowd(server, ("anna", "ben", "cleo", "dan"))
    for client in clients:
        client.expect(b"welcome\n")
    for _ in range(12):
        data = chance.randbytes(chance.randint(1, 2000))
        chance.choice(clients).send(data).expect(data)


@behaviour(
    "open_door",
    needs="what_comes_is_sent_back",
    hardens="what_comes_is_sent_back",
)
def test_a_scoop_may_be_the_last(server):
    """who sends a round number of bytes is answered, and holds nobody up"""
    first, second = server.connect("first"), server.connect("second")
    first.expect(b"welcome\n")
    second.expect(b"welcome\n")
    for size in (32_768, 32_000, 50_000):
        with server.frozen():
            first.send(bytes(size))
        first.expect(bytes(size))
        second.send(b"well?").expect(b"well?")


@behaviour(
    "open_door",
    needs="the_door_stays_open_after_a_goodbye",
    hardens="the_door_stays_open_after_a_goodbye",
    suspects="M31",
)
def test_the_door_stays_open_when_all_have_left(server):
    """when everybody has left, the next one is welcomed"""
    chance = dice(server)
    for client in crowd(server, ("anna", "ben")):
        line = random_line(chance)
        client.expect(b"welcome\n").send(line).expect(line)
        client.half_close().expect_eof().close()
    line = random_line(chance)
    server.connect("newcomer").expect(b"welcome\n").send(line).expect(line)


# serve_many ----------------------------------------------------------------


@behaviour(
    "serve_many",
    needs="a_line_comes_back_turned_around",
    hardens="a_line_comes_back_turned_around",
    suspects="M35",
)
def test_any_line_comes_back_turned_around(server):
    """any line comes back turned around: empty, blank, or of any bytes"""
    chance = dice(server)
    anna = server.connect("anna")
    odd = b"", b"  two blanks each  ", b"\t\r", "grüße".encode(), bytes(9)
    odd += (b"one\rtwo\x0bthree",)  # here splitlines() sees three
    for _ in range(100):
        line = random_line(chance)
        anna.send(line).expect(turned(line))
    for body in (*odd, chance.randbytes(20).replace(b"\n", b" ")):
        anna.send(body + b"\n").expect(body[::-1] + b"\n")


@behaviour(
    "serve_many",
    needs="a_silent_client_holds_nobody_up",
    hardens="a_silent_client_holds_nobody_up",
    suspects="M11",
)
def test_a_silent_crowd_holds_nobody_up(server):
    """forty who are silent or stop in the middle of a line hold nobody up"""
    server.mob(20, "silent", Squatter)
    server.mob(20, "hesitant").send(lambda number: b"client %d" % number)
    line = random_line(dice(server))
    server.connect("eager").send(line).expect(turned(line))


@behaviour(
    "serve_many",
    needs="who_never_stops_talking_holds_nobody_up",
    hardens="who_never_stops_talking_holds_nobody_up",
    suspects="M37",
    buffers=32768,
)
def test_who_never_stops_asking_holds_nobody_up(server):
    """a client that never stops asking holds nobody up"""
    line = random_line(dice(server))
    asker = server.connect("asker", Talker, receive_buffer=32768)
    eager = server.connect("eager").send(b"hi\n").expect(b"ih\n")
    # It does not read before eager is answered. There is room for the answers
    # to a scoop, however large, and none for those to all that it asks.
    with server.frozen():
        asker.talk(b"and then " * 50 + b"\n").until_full()
        server.step_back()
        eager.send(line)
    eager.expect(turned(line))


@behaviour(
    "serve_many",
    needs="who_never_stops_talking_holds_nobody_up",
    hardens="who_never_stops_talking_holds_nobody_up",
    suspects="M37",
    buffers=200_000,
)
def test_who_never_stops_talking_keeps_nobody_at_the_door(server):
    """clients that never stop talking keep no newcomer at the door"""
    line = random_line(dice(server))
    talkers = [server.connect(f"talker-{n}", Talker) for n in (1, 2, 3)]
    server.connect("eager").send(b"hi\n").expect(b"ih\n")
    with server.frozen():
        for talker in talkers:
            talker.talk(b"and then ", most=256 << 20).until_full()
        server.step_back()
        late = server.connect("late").send(line)
    late.expect(turned(line))


@behaviour(
    "serve_many",
    needs="who_never_stops_talking_holds_nobody_up",
    hardens="who_never_stops_talking_holds_nobody_up",
    suspects="M37",
    buffers=65_536,
)
def test_a_dozen_who_talk_hold_nobody_up(server):
    """twelve clients that never stop talking hold nobody up"""
    line = random_line(dice(server))
    talkers = [server.connect(f"talker-{n + 1}", Talker) for n in range(12)]
    eager = server.connect("eager").send(b"hi\n").expect(b"ih\n")
    with server.frozen():
        for talker in talkers:
            talker.talk(b"and then ", most=256 << 20).until_full()
        server.step_back()
        eager.send(line)
    eager.expect(turned(line)).send(line).expect(turned(line))


@behaviour(
    "serve_many",
    needs="a_line_may_come_in_drops",
    hardens="a_line_may_come_in_drops",
    suspects="M01 M30",
)
def test_pieces_of_several_clients_may_alternate(server):
    """lines of five clients, cut anywhere and shuffled, get their answers"""
    expect_shuffled_pieces_answered(
        server, ("anna", "ben", "cleo", "dan", "eve"), 8
    )


@behaviour(
    "serve_many",
    needs="a_line_may_come_in_drops",
    hardens="a_line_may_come_in_drops",
)
def test_long_lines_are_lines(server):
    """long lines, some a round number of bytes, are answered like others"""
    anna, ben = server.connect("anna"), server.connect("ben")
    for size in (1024, 5000, 32_000, 32_768):
        line = b"%0*d" % (size - 1, size)
        with server.frozen():
            anna.send(line + b"\n")
        anna.expect(line[::-1] + b"\n")
        ben.send(b"well?\n").expect(b"?llew\n")
    # All of the longest line is there, and its end is not.
    anna.send(line)
    ben.send(b"well?\n").expect(b"?llew\n")
    until_it_sleeps(server)
    anna.send(b"\n").expect(line[::-1] + b"\n")


@behaviour(
    "serve_many",
    needs="lines_may_come_glued",
    hardens="lines_may_come_glued",
    suspects="M04",
    mishaps=(Mishap("send", most=3),),
)
def test_an_answer_is_sent_whole(server):
    """answers arrive whole, though send() takes three bytes at a time"""
    anna = server.connect("anna").send(b"hello\nis this all?\n")
    anna.expect(b"olleh\n?lla siht si\n")


@behaviour(
    "serve_many",
    needs="lines_may_come_glued",
    hardens="lines_may_come_glued",
    suspects="M02",
)
def test_five_hundred_lines_may_come_glued(server):
    """five hundred lines sent at once get five hundred answers, in order"""
    chance = dice(server)
    lines = [random_line(chance) for _ in range(500)]
    gulper = server.connect("gulper", Gulper)
    gulper.send_glued(lines).expect(b"".join(map(turned, lines)))


@behaviour(
    "serve_many",
    needs="goodbyes_leave_the_list",
    hardens="goodbyes_leave_the_list",
    suspects="M14 M28",
)
def test_goodbyes_requests_and_newcomers_in_one_look(server):
    """goodbyes, requests and newcomers in one look are all seen to"""
    chance = dice(server)
    here, too, new = (random_line(chance) for _ in range(3))
    leaving = crowd(server, ("leaver", "second leaver"))
    staying = crowd(server, ("stayer", "second stayer"))
    for client in leaving + staying:
        client.send(b"hi\n").expect(b"ih\n")
    with server.frozen():
        leaving[0].close()
        staying[0].send(here)
        leaving[1].send(b"last words\n").close()
        staying[1].send(too)
        newcomer = server.connect("newcomer").send(new)
    staying[0].expect(turned(here))
    staying[1].expect(turned(too))
    newcomer.expect(turned(new))


@behaviour(
    "serve_many",
    needs="a_half_closed_client_gets_its_answers",
    hardens="a_half_closed_client_gets_its_answers",
    suspects="M35 M08",
)
def test_an_unfinished_line_gets_no_answer(server):
    """who stops in the middle of a line gets the answers before it, no more"""
    chance = dice(server)
    one, two, half = (random_line(chance) for _ in range(3))
    halfcloser = server.connect("halfcloser")
    with server.frozen():
        # Apart, so that the trace has how the half begins.
        halfcloser.send(one + two).send(half[:-1]).half_close()
    halfcloser.expect(turned(one) + turned(two)).expect_eof()
    long = server.connect("long")
    with server.frozen():
        long.send(one + b"and half a line " * 1200).half_close()
    long.expect(turned(one)).expect_eof()
    # Whoever comes next may get the same descriptor.
    server.connect("newcomer").send(two).expect(turned(two))


@behaviour(
    "serve_many",
    needs="a_reset_hurts_nobody_else",
    hardens="a_reset_hurts_nobody_else",
    suspects="M10",
)
def test_a_reset_at_any_moment_hurts_nobody_else(server):
    """resets before accept(), and with an answer due, hurt nobody else"""
    chance = dice(server)
    asked, last = random_line(chance), random_line(chance)
    ghost, other = server.connect("ghost", Ghost), server.connect("other")
    ghost.send(b"boo\n").expect(b"oob\n")
    with server.frozen():
        ghost.send(b"one\ntwo\nthree\n").close()
        server.connect("ghost at the door", Ghost).close()
        server.connect("rude ghost", Ghost).send(b"hello\n").close()
        other.send(asked)
    other.expect(turned(asked))
    server.connect("newcomer").send(last).expect(turned(last))


@behaviour(
    "serve_many",
    needs="answers_in_any_order_of_speaking",
    hardens="answers_in_any_order_of_speaking",
    suspects="M11",
)
def test_answers_in_an_order_drawn_by_lot(server):
    """six who speak in an order drawn by lot are all answered, twice"""
    chance = dice(server)
    clients = crowd(server, ("anna", "ben", "cleo", "dan", "eve", "finn"))
    for _ in range(2):
        chance.shuffle(clients)
        for client in clients:
            line = random_line(chance)
            client.send(line).expect(turned(line))


@behaviour(
    "serve_many",
    needs="asleep_while_nobody_speaks",
    hardens="asleep_while_nobody_speaks",
    suspects="M07 M06",
    timing=True,
)
def test_asleep_in_a_full_aisle(server):
    """with half a line from forty clients, and two gone, the server sleeps"""
    word = random_line(dice(server))[:-1]
    mob = server.mob(40).send(lambda number: b"%s %d" % (word, number))
    ghost = server.connect("ghost", Ghost)
    ghost.send(b"boo\n").expect(b"oob\n").close()
    server.connect("halfcloser", HalfCloser).send(b"bye\n").expect(b"eyb\n")
    expect_rest(server)
    mob.send(lambda _: b"\n")
    mob.expect(lambda number: turned(b"%s %d\n" % (word, number)))


@behaviour(
    "serve_many",
    needs="asleep_while_nobody_speaks",
    hardens="asleep_while_nobody_speaks",
    suspects="M231",
    leap=Leap(300, after=2),
)
def test_who_is_silent_for_minutes_stays(server):
    """who says nothing for five minutes is still there, and is answered"""
    line = random_line(dice(server))
    # Frozen: it has begun to speak before the minutes pass.
    with server.frozen():
        hesitant = server.connect("hesitant").send(line[:3])
        silent = server.connect("silent")
    until_it_sleeps(server)
    expect_open(hesitant, silent)
    hesitant.send(line[3:]).expect(turned(line))
    silent.send(line).expect(turned(line))


@behaviour(
    "serve_many",
    needs="two_hundred_at_once",
    hardens="two_hundred_at_once",
)
def test_four_hundred_at_once(server):
    """four hundred clients at once are all answered, twice"""
    chance = dice(server)
    mob = server.mob(400)
    for word in (random_line(chance)[:-1], random_line(chance)[:-1]):
        mob.send(lambda number, word=word: b"%s %d\n" % (word, number))
        mob.expect(
            lambda number, word=word: turned(b"%s %d\n" % (word, number)),
            backwards=True,
        )


@behaviour(
    "serve_many",
    needs="no_descriptor_is_left_after_many_visits",
    hardens="no_descriptor_is_left_after_many_visits",
    suspects="M32",
)
def test_no_descriptor_is_left_after_rude_visits(server):
    """after two hundred resets and half-closes no descriptor is left open"""
    word = random_line(dice(server))[:-1]
    server.connect("first").send(b"one\n").expect(b"eno\n")
    with expect_same_descriptors(server, b"ping\n", b"gnip\n"):
        for kind, name in ((Ghost, "ghosts"), (HalfCloser, "halfclosers")):
            mob = server.mob(100, name, kind)
            mob.send(lambda number: b"%s %d\n" % (word, number))
            mob.expect(lambda number: turned(b"%s %d\n" % (word, number)))
            mob.close()


# wrong_walker --------------------------------------------------------------

walkers = partial(behaviour, "wrong_walker", driver=meet, suspects="M170")


@walkers(
    needs="no_right_walker_is_accused",
    hardens="no_right_walker_is_accused",
    servers="generators odd_right_objects with_poll answers_each_client_once",
)
def test_no_other_right_walker_is_accused(server):
    """accuses no right server of another make"""
    expect_told_apart(server)


@walkers(
    needs="one_client_at_a_time",
    hardens="one_client_at_a_time",
    servers="asks_everybody_in_turn",
)
def test_one_recv_for_each_in_turn(server):
    """exposes a server that waits for each client in turn"""
    expect_told_apart(server)


@walkers(
    needs="half_a_line_taken_for_a_line",
    hardens="half_a_line_taken_for_a_line",
    servers="drops_what_is_unfinished one_buffer_for_all",
)
def test_half_a_line_lost_or_mixed_up(server):
    """exposes servers that lose half a line, or mix it up with another's"""
    expect_told_apart(server)


@walkers(
    needs="one_answer_for_many_lines",
    hardens="one_answer_for_many_lines",
    servers="turns_glued_lines_as_one only_the_first_line",
)
def test_many_lines_taken_for_one(server):
    """exposes servers that take several lines for one"""
    expect_told_apart(server)


@walkers(
    needs="lines_that_are_none_to_it",
    hardens="lines_that_are_none_to_it",
    servers="decodes_what_comes splits_at_blanks",
)
def test_lines_that_are_no_text(server):
    """exposes servers that take each line for text, or for words"""
    expect_told_apart(server)


@walkers(
    needs="a_goodbye_without_an_end",
    hardens="a_goodbye_without_an_end",
    servers="nothing_means_not_yet",
)
def test_a_goodbye_that_is_not_heard(server):
    """exposes a server that does not hear a goodbye"""
    expect_told_apart(server)


@walkers(
    needs="the_end_of_one_is_the_end_of_all",
    hardens="the_end_of_one_is_the_end_of_all",
    servers="a_reset_ends_the_loop",
)
def test_a_reset_ends_the_loop(server):
    """exposes a server that a reset takes out of its loop"""
    expect_told_apart(server)


@walkers(
    needs="nobody_there_for_latecomers",
    hardens="nobody_there_for_latecomers",
    servers="closed_but_still_listed",
)
def test_a_goodbye_that_ends_it(server):
    """exposes a server that a goodbye ends"""
    expect_told_apart(server)


@walkers(
    needs="never_asleep",
    hardens="never_asleep",
    servers="asks_to_write_all_day a_timeout_of_zero",
)
def test_never_asleep_in_select(server):
    """exposes servers that do not sleep in select()"""
    expect_told_apart(server)


# faults_of_walkers ----------------------------------------------------------


@behaviour(
    "faults_of_walkers",
    needs="an_answer_for_cedar",
    hardens="an_answer_for_cedar",
    suspects="M180 M181",
    driver=answer_once,
    recorded=False,
)
def test_the_fault_of_cedar(server):
    """says what is wrong in cedar: the line, and the belief"""
    expect_named(server, "cedar")


# mended_walker --------------------------------------------------------------


@behaviour(
    "mended_walker",
    needs="the_clients_of_amber_get_their_answers",
    hardens="the_clients_of_amber_get_their_answers",
    suspects="M109",
)
def test_no_client_gets_what_another_has_sent(server):
    """lines of three clients, cut anywhere and shuffled, get their answers"""
    expect_shuffled_pieces_answered(server, ("anna", "ben", "cleo"), 6)


@behaviour(
    "mended_walker",
    needs="what_amber_did_well_is_still_done",
    hardens="what_amber_did_well_is_still_done",
    suspects="M109 M14 M10",
)
def test_what_was_begun_goes_with_its_client(server):
    """some leave in mid-line, in an order drawn by lot, and others come"""
    chance = dice(server)
    stayer = server.connect("stayer")
    for leave in chance.sample([Client.reset, Client.close] * 2, 4):
        begun, whole, asked = (random_line(chance) for _ in range(3))
        passer = server.connect("passer").send(whole).expect(turned(whole))
        passer.send(begun[:-1])
        stayer.send(asked).expect(turned(asked))
        leave(passer)
        stayer.send(whole).expect(turned(whole))
        newcomer = server.connect("newcomer").send(asked + whole)
        newcomer.expect(turned(asked) + turned(whole)).close()
