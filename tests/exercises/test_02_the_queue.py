"""What exercise 02 promises, tested with real clients on real sockets.

A server looks after one client at a time. Its answers begin with the number
of the client, so the bytes tell whose turn it was; no test looks at a clock.
"""

import math
from functools import partial

from buckets.behaviour import behaviour
from buckets.driving.clients import Ghost, Squatter, Talker
from buckets.driving.expect import (
    expect_alone,
    expect_one_descriptor_less,
    expect_waiting,
)
from buckets.driving.topics.break_it import expect_told_apart, meet
from buckets.driving.topics.the_queue import (
    answer_forecasts,
    comes,
    expect_at_the_door,
    expect_forecast,
    expect_waited_for,
    with_little_patience,
    with_much_patience,
    with_patience_if_asked,
)


def take_turns(server):
    """Three come, the later ones speak first, and each has its turn."""
    names = ("anna", "ben", "cleo")
    anna, ben, cleo = [server.connect(name) for name in names]
    cleo.send(b"me first\n")
    ben.send(b"no, me\n")
    expect_waiting(server)
    anna.send(b"hello\n").expect(b"1 HELLO\n")
    ben.expect_silence()
    cleo.expect_silence()
    expect_alone(server)
    anna.send(b"that is all\n").expect(b"1 THAT IS ALL\n")
    anna.half_close().expect_eof()
    ben.expect(b"2 NO, ME\n").half_close().expect_eof()
    cleo.expect(b"3 ME FIRST\n")
    with expect_one_descriptor_less(server):
        cleo.half_close().expect_eof()


# serve_in_turn: one client to its end, then the next ------------------------


@behaviour("serve_in_turn", points=1, suspects="M50")
def test_every_request_is_answered(server):
    """every request of a client is answered, with the client's number"""
    anna = server.connect("anna")
    # Frozen: the server finds both requests in one look.
    with server.frozen():
        anna.send(b"hello\n").send(b"again\n")
    anna.expect(b"1 HELLO\n1 AGAIN\n")
    anna.send(b"and again\n").expect(b"1 AND AGAIN\n")


@behaviour(
    "serve_in_turn",
    points=1,
    needs="every_request_is_answered",
    suspects="M54 M53",
)
def test_the_next_one_is_let_in(server):
    """a goodbye is answered by a goodbye, and the next one is let in"""
    with server.frozen():
        anna = comes(server, "anna", b"hello\n")
    anna.expect(b"1 HELLO\n").expect_eof()
    with server.frozen():
        ben = comes(server, "ben", b"hi\nho\n")
        cleo = comes(server, "cleo", b"hey\n")
    ben.expect(b"2 HI\n2 HO\n").expect_eof()
    cleo.expect(b"3 HEY\n").expect_eof()


@behaviour(
    "serve_in_turn",
    points=2,
    needs="every_request_is_answered",
    suspects="M50",
)
def test_whoever_comes_later_waits(server):
    """whoever comes later waits, however early it speaks"""
    take_turns(server)


# predict_waits: how long each waits -----------------------------------------


@behaviour("predict_waits", points=1, suspects="M51", driver=answer_forecasts)
def test_the_last_waits_for_everybody(server):
    """four equal requests: the last waits four times as long as the first"""
    expect_forecast(server, [2, 2, 2, 2])


@behaviour(
    "predict_waits",
    points=1,
    needs="the_last_waits_for_everybody",
    suspects="M51",
    driver=answer_forecasts,
)
def test_it_matters_where_the_long_one_stands(server):
    """a long request in front delays all, at the end only itself"""
    expect_forecast(server, [6, 1, 1])
    expect_forecast(server, [1, 1, 6])


@behaviour(
    "predict_waits",
    points=1,
    needs="the_last_waits_for_everybody",
    suspects="M51",
    driver=answer_forecasts,
)
def test_who_says_nothing_costs_patience(server):
    """who says nothing costs the others the server's patience"""
    expect_forecast(server, [1, None, 5, 1], patience=3)


@behaviour(
    "predict_waits",
    points=1,
    needs="who_says_nothing_costs_patience",
    suspects="M51",
    driver=answer_forecasts,
)
def test_patience_without_end(server):
    """behind who says nothing, endless patience means an endless wait"""
    expect_forecast(server, [2, None, 1], patience=math.inf)


# serve_the_queue: rude clients, and a limit on every wait -------------------


def with_some_patience(task, listener):
    """Driver: the server may wait a second for a client."""
    task(listener, 1.0)


@behaviour(
    "serve_the_queue",
    points=2,
    suspects="M50 M52",
    driver=with_much_patience,
)
def test_the_queue_is_served_in_turn(server):
    """everybody has a turn, and within its patience the server waits"""
    take_turns(server)


@behaviour(
    "serve_the_queue",
    points=1,
    needs="the_queue_is_served_in_turn",
    suspects="M53",
    driver=with_much_patience,
)
def test_a_reset_at_the_door(server):
    """a client that vanishes before its turn hurts nobody else"""
    # Frozen: it has come and gone before the server can call accept().
    with server.frozen():
        server.connect("ghost", Ghost).close()
        # It has asked, and finished: here it is sendall() that fails.
        hasty = server.connect("hasty ghost", Ghost).send(b"boo\n")
        hasty.half_close().close()
        anna = comes(server, "anna", b"a draught\n")
    anna.expect(b"3 A DRAUGHT\n").expect_eof()


@behaviour(
    "serve_the_queue",
    points=1,
    needs="a_reset_at_the_door",
    suspects="M53",
    driver=with_much_patience,
)
def test_a_reset_in_a_turn(server):
    """a client that vanishes in its turn hurts nobody else"""
    ghost = server.connect("ghost", Ghost)
    ghost.send(b"boo\n").expect(b"1 BOO\n")
    with server.frozen():
        ghost.send(b"and\nhalf a requ").close()
        anna = comes(server, "anna", b"who was that?\n")
    anna.expect(b"2 WHO WAS THAT?\n").expect_eof()


@behaviour(
    "serve_the_queue",
    points=1,
    needs="the_queue_is_served_in_turn",
    suspects="M52",
    driver=with_some_patience,
)
def test_who_goes_on_is_waited_for(server):
    """a turn may be longer than the patience, if no wait in it is"""
    expect_waited_for(server, patience=1.0, pause=0.4, times=4)


@behaviour(
    "serve_the_queue",
    points=1,
    needs="the_queue_is_served_in_turn",
    suspects="M52 M54",
    driver=with_little_patience,
)
def test_a_silent_client_is_sent_away(server):
    """who says nothing is sent away, and the next one has its turn"""
    with server.frozen():
        silent = server.connect("silent", Squatter)
        eager = comes(server, "eager", b"hello\n")
    eager.expect(b"2 HELLO\n").expect_eof()
    silent.expect_eof()
    server.connect("silent too", Squatter).expect_eof()


@behaviour(
    "serve_the_queue",
    points=1,
    needs="a_silent_client_is_sent_away",
    suspects="M52",
    driver=with_little_patience,
)
def test_who_stops_half_way_is_sent_away(server):
    """who stops in the middle of a request is sent away, too"""
    with server.frozen():
        hesitant = server.connect("hesitant").send(b"one\ntw")
        eager = comes(server, "eager", b"hello\n")
    eager.expect(b"2 HELLO\n").expect_eof()
    hesitant.expect(b"1 ONE\n").expect_eof()


@behaviour(
    "serve_the_queue",
    points=1,
    needs="a_silent_client_is_sent_away",
    suspects="M52",
    driver=with_little_patience,
    buffers=4096,
)
def test_who_does_not_listen_is_sent_away(server):
    """who asks on and on, and reads no answer, is sent away"""
    with server.frozen():
        deaf = server.connect("deaf", Talker, receive_buffer=4096)
        deaf.talk(b"hello\n")
        eager = comes(server, "eager", b"hello\n")
    eager.expect(b"2 HELLO\n").expect_eof()


@behaviour(
    "serve_the_queue",
    points=1,
    needs="a_silent_client_is_sent_away",
    suspects="M52",
    driver=with_little_patience,
)
def test_an_empty_doorway_is_no_reason_to_leave(server):
    """while nobody comes, the server waits, for however long"""
    expect_at_the_door(server)
    with server.frozen():
        late = comes(server, "late", b"hello\n")
    late.expect(b"1 HELLO\n").expect_eof()


# wrong_queue: servers, right and wrong, that a client tells apart -----------

queues = partial(
    behaviour,
    "wrong_queue",
    points=1,
    driver=meet,
    stage=with_patience_if_asked,
    suspects="M170",
)
# Below a client that accuses everybody, no wrong server counts.
exposes = partial(queues, needs="no_right_queue_is_accused")


@queues(
    servers="with_a_file with_select with_a_default_timeout "
    "in_turn_one_request_each"
)
def test_no_right_queue_is_accused(server):
    """accuses no right server, and exposes one that answers only once"""
    expect_told_apart(server)


@exposes(servers="in_turn_a_thread_for_each")
def test_all_at_once(server):
    """exposes a server that looks after the next before it is its turn"""
    expect_told_apart(server)


@exposes(servers="in_turn_never_says_goodbye")
def test_a_turn_without_an_end(server):
    """exposes a server that never ends a connection"""
    expect_told_apart(server)


@exposes(servers="a_reset_ends_the_queue")
def test_one_who_vanishes_takes_all_along(server):
    """exposes a server that ends with one client's reset"""
    expect_told_apart(server)
