"""Harder variants of exercise 02's tests, for grading only.

Each guards the points of a visible test and promises nothing new: longer
queues, random content, several rude clients in a row.
"""

import math
from functools import partial

from buckets.behaviour import behaviour
from buckets.conditions import Leap, Mishap
from buckets.driving.clients import Dribbler, Ghost, Squatter
from buckets.driving.expect import expect_open, until_it_sleeps
from buckets.driving.seed import dice, random_line
from buckets.driving.topics.the_queue import (
    answer_forecasts,
    comes,
    expect_at_the_door,
    expect_forecast,
    expect_limit,
    expect_one_let_in,
    with_little_patience,
    with_much_patience,
)


def answers(number, lines):
    """What client `number` hears for these lines."""
    return b"".join(b"%d %s" % (number, line.upper()) for line in lines)


# serve_in_turn ---------------------------------------------------------------


@behaviour(
    "serve_in_turn",
    needs="every_request_is_answered",
    hardens="every_request_is_answered",
    suspects="M50",
)
def test_requests_may_come_in_drops(server):
    """requests in drops and all at once, one of them empty, are answered"""
    chance = dice(server)
    lines = [random_line(chance) for _ in range(6)]
    lines.insert(chance.randint(1, 5), b"\n")
    dribbler = server.connect("dribbler", Dribbler)
    for line in lines:
        dribbler.send(line).expect(answers(1, [line]))
    dribbler.send(b"".join(lines)).expect(answers(1, lines))


@behaviour(
    "serve_in_turn",
    needs="the_next_one_is_let_in",
    hardens="the_next_one_is_let_in",
    suspects="M54",
)
def test_who_asks_nothing_has_a_number_too(server):
    """who leaves without a request, or within one, has had its number"""
    chance = dice(server)
    one, half, hello = [random_line(chance) for _ in range(3)]
    with server.frozen():
        mute = server.connect("mute").half_close()
        hasty = comes(server, "hasty", one + half[:-1])
        anna = comes(server, "anna", hello)
    mute.expect_eof()
    hasty.expect(answers(2, [one])).expect_eof()
    anna.expect(answers(3, [hello])).expect_eof()


@behaviour(
    "serve_in_turn",
    needs="whoever_comes_later_waits",
    hardens="whoever_comes_later_waits",
    suspects="M50",
)
def test_a_long_queue_in_order(server):
    """thirty in the queue are served in the order of coming"""
    expect_in_order(server, 30)


def expect_in_order(server, count):
    """So many come at once, and each has its number and its turn."""
    chance = dice(server)
    asked = [random_line(chance) for _ in range(count)]
    with server.frozen():
        mob = server.mob(count)
        mob.send(lambda number: asked[number])
    for number, member in enumerate(mob.members, start=1):
        member.expect(answers(number, [asked[number - 1]]))
        member.half_close().expect_eof()


def expect_nobody_let_in_ahead(server):
    """The next one is let in, and not the one behind it."""
    chance = dice(server)
    one, other = [random_line(chance) for _ in range(2)]
    anna = server.connect("anna").send(one).expect(answers(1, [one]))
    with expect_one_let_in(server):
        ben, cleo = server.connect("ben"), server.connect("cleo")
        anna.half_close().expect_eof()
        ben.send(other).expect(answers(2, [other]))
    ben.half_close().expect_eof()
    cleo.send(one).expect(answers(3, [one]))


@behaviour(
    "serve_in_turn",
    needs="whoever_comes_later_waits",
    hardens="whoever_comes_later_waits",
    suspects="M50",
)
def test_nobody_is_let_in_ahead_of_its_turn(server):
    """while one has its turn, nobody else has been let in"""
    expect_nobody_let_in_ahead(server)


# predict_waits ---------------------------------------------------------------


@behaviour(
    "predict_waits",
    needs="it_matters_where_the_long_one_stands",
    hardens="it_matters_where_the_long_one_stands "
    "the_last_waits_for_everybody",
    suspects="M51",
    driver=answer_forecasts,
)
def test_any_queue_is_predicted(server):
    """six random requests, one of them long, are predicted"""
    chance = dice(server)
    costs = [chance.randint(1, 3) for _ in range(5)] + [7]
    chance.shuffle(costs)
    expect_forecast(server, costs)


@behaviour(
    "predict_waits",
    needs="who_says_nothing_costs_patience",
    hardens="who_says_nothing_costs_patience",
    suspects="M51",
    driver=answer_forecasts,
)
def test_any_silent_clients_are_predicted(server):
    """two who say nothing, at random places, are predicted"""
    chance = dice(server)
    costs = [None, None, 1, 2, 6]
    chance.shuffle(costs)
    expect_forecast(server, costs, patience=chance.randint(2, 4))


@behaviour(
    "predict_waits",
    needs="patience_without_end",
    hardens="patience_without_end",
    suspects="M51",
    driver=answer_forecasts,
)
def test_any_wait_without_end_is_predicted(server):
    """random requests, and one at the end behind who says nothing"""
    chance = dice(server)
    costs = [chance.randint(1, 5) for _ in range(3)]
    expect_forecast(server, [*costs, None, 1], patience=math.inf)


# serve_the_queue -------------------------------------------------------------

queues = partial(behaviour, "serve_the_queue", driver=with_much_patience)


@queues(
    needs="the_queue_is_served_in_turn",
    hardens="the_queue_is_served_in_turn a_reset_at_the_door "
    "a_reset_in_a_turn who_goes_on_is_waited_for "
    "a_silent_client_is_sent_away who_stops_half_way_is_sent_away "
    "who_does_not_listen_is_sent_away "
    "an_empty_doorway_is_no_reason_to_leave",
    suspects="M50",
)
def test_the_queue_is_served_in_whatever_words(server):
    """two have their turns, in words that no other test has"""
    chance = dice(server)
    mine, yours = [random_line(chance) for _ in range(2)]
    anna, ben = server.connect("anna"), server.connect("ben")
    anna.send(mine).expect(answers(1, [mine])).half_close().expect_eof()
    ben.send(yours).expect(answers(2, [yours])).half_close().expect_eof()


@queues(
    needs="the_queue_is_served_in_turn",
    hardens="the_queue_is_served_in_turn",
)
def test_a_turn_has_any_number_of_requests(server):
    """three hundred requests are answered in one turn"""
    chance, anna = dice(server), server.connect("anna")
    asked = [random_line(chance) for _ in range(300)]
    anna.send(b"".join(asked)).half_close()
    anna.expect(answers(1, asked)).expect_eof()


@queues(
    needs="the_queue_is_served_in_turn",
    hardens="the_queue_is_served_in_turn",
    suspects="M50",
)
def test_a_dozen_in_order(server):
    """twelve in the queue have their numbers, and are served in order"""
    expect_in_order(server, 12)


@queues(
    needs="the_queue_is_served_in_turn",
    hardens="the_queue_is_served_in_turn",
    suspects="M50",
)
def test_nobody_is_let_in_too_early(server):
    """while one has its turn, nobody else has been let in"""
    expect_nobody_let_in_ahead(server)


@queues(
    needs="a_reset_in_a_turn",
    hardens="a_reset_in_a_turn",
    suspects="M53",
    mishaps=(Mishap("recv", times=1, error="EHOSTUNREACH"),),
)
def test_any_error_of_a_connection_ends_its_turn(server):
    """whatever OSError a turn ends with, the next one has its turn"""
    server.connect("anna").half_close().expect_eof()
    ben = server.connect("ben").send(b"hello\n").expect(b"2 HELLO\n")
    ben.half_close().expect_eof()


@queues(
    needs="a_reset_at_the_door",
    hardens="a_reset_at_the_door",
    suspects="M53",
)
def test_a_reset_with_requests_at_the_door(server):
    """who has asked and vanished before its turn hurts nobody else"""
    chance = dice(server)
    line = random_line(chance)
    with server.frozen():
        for number in range(3):
            ghost = server.connect(f"ghost-{number + 1}", Ghost)
            lines = [random_line(chance) for _ in range(3 * number)]
            ghost.send(b"".join(lines)).close()
        anna = comes(server, "anna", line)
    anna.expect(answers(4, [line])).expect_eof()


@behaviour(
    "serve_the_queue",
    needs="a_silent_client_is_sent_away",
    hardens="a_silent_client_is_sent_away",
    suspects="M52",
    driver=with_little_patience,
)
def test_rude_clients_in_a_row(server):
    """five rude clients in a row, and the polite ones behind are served"""
    chance = dice(server)
    boo, hello, one, two, last = [random_line(chance) for _ in range(5)]
    with server.frozen():
        server.connect("silent", Squatter)
        server.connect("ghost", Ghost).send(boo).close()
        anna = comes(server, "anna", hello)
        hesitant = server.connect("hesitant").send(one + two + b"thr")
        server.connect("silent too", Squatter)
        ben = comes(server, "ben", last)
    anna.expect(answers(3, [hello])).expect_eof()
    ben.expect(answers(6, [last])).expect_eof()
    hesitant.expect(answers(4, [one, two])).expect_eof()


@queues(
    needs="an_empty_doorway_is_no_reason_to_leave",
    hardens="an_empty_doorway_is_no_reason_to_leave",
    suspects="M52 M31",
    leap=Leap(300),
)
def test_minutes_without_anybody(server):
    """after five minutes without anybody, the next one has its turn"""
    expect_at_the_door(server)
    line = random_line(dice(server))
    with server.frozen():
        late = comes(server, "late", line)
    late.expect(answers(1, [line])).expect_eof()


@queues(
    needs="who_goes_on_is_waited_for",
    hardens="who_goes_on_is_waited_for",
    suspects="M52",
    leap=Leap(55, after=1, exact=True),
)
def test_no_wait_is_shorter_than_the_patience(server):
    """who says nothing for 55 seconds of a minute is waited for"""
    line, anna = random_line(dice(server)), server.connect("anna")
    until_it_sleeps(server)
    expect_open(anna)
    anna.send(line).expect(answers(1, [line])).half_close().expect_eof()


@queues(
    needs="who_goes_on_is_waited_for",
    hardens="who_goes_on_is_waited_for",
    suspects="M52",
    leap=Leap(50, after=1, exact=True, anew=True),
)
def test_a_turn_may_last_for_minutes(server):
    """who sends a piece once in fifty seconds of a minute is answered"""
    line, anna = random_line(dice(server)), server.connect("anna")
    for _ in range(4):
        for piece in (line[:1], line[1:2], line[2:]):
            until_it_sleeps(server)
            expect_open(anna)
            anna.send(piece)
        anna.expect(answers(1, [line]))
    anna.half_close().expect_eof()


@queues(
    needs="a_silent_client_is_sent_away",
    hardens="a_silent_client_is_sent_away",
    suspects="M52",
)
def test_no_wait_is_longer_than_the_patience(server):
    """who falls silent is waited for for a minute at most, as was asked"""
    line = random_line(dice(server))
    server.connect("silent").send(line).expect(answers(1, [line]))
    expect_limit(server, 60)
