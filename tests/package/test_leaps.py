"""Time that passes at once because a test wants it so, and what is told of it."""

import pytest
from servers import start

from buckets.conditions import Leap
from buckets.pictures.aisle.aisle import replay

# It makes these calls once a client is there, and says what each came to, and how much
# time has passed by its own clocks.
TELLS = """
import os, select, selectors, socket, time

class Kept:
    clock = time.monotonic

def said(call, *args, **more):
    try:
        found = call(*args, **more)
        return len(found) if isinstance(found, bytes) else found
    except OSError as error:
        return type(error).__name__

def serve(listener):
    began = time.monotonic(), time.time(), time.perf_counter_ns(), Kept().clock()
    connection, _ = listener.accept()
    looker = select.poll()
    looker.register(connection, select.POLLIN)
    edges = select.epoll()
    chooser = selectors.DefaultSelector()
    chooser.register(connection, selectors.EVENT_READ)
    told = [%s]
    now = time.monotonic(), time.time(), time.perf_counter_ns() / 1e9, Kept().clock()
    began = began[0], began[1], began[2] / 1e9, began[3]
    passed = [round(b - a, -1) for a, b in zip(began, now)]
    connection.settimeout(None)
    connection.sendall(repr((told, passed)).encode())
    connection.shutdown(socket.SHUT_WR)
    while os.read(connection.fileno(), 100):
        pass
"""


def told(calls, leap, before=b""):
    """What came of these calls, how much time has passed, and the server."""
    with start(TELLS % calls, leap=leap) as server:
        with server.frozen():
            anna = server.connect("anna").send(before)
        heard = b""
        while more := anna.receive():
            heard += more
        anna.close()
        calls, passed = eval(heard)
        assert len(set(passed)) == 1, passed
        return calls, passed[0], server


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("select.select([connection], [], [], 60)", ([], [], [])),
        ("looker.poll(60_000)", []),
        ("edges.poll(60)", []),
        ("edges.poll(timeout=60, maxevents=5)", []),
        ("chooser.select(60)", []),
        ("time.sleep(60)", None),
        (
            "(connection.settimeout(60), said(connection.recv, 10))",
            (None, "TimeoutError"),
        ),
        (
            "(connection.settimeout(60), said(connection.recv_into, bytearray(9)))",
            (None, "TimeoutError"),
        ),
        ("(listener.settimeout(60), said(listener.accept))", (None, "TimeoutError")),
        (
            "(connection.settimeout(60), said(connection.makefile('rb').readline))",
            (None, "TimeoutError"),
        ),
    ],
)
def test_a_wait_with_a_limit_is_over_and_the_clocks_say_so(call, expected):
    assert told(call, Leap(300))[:2] == ([expected], 60)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("len(select.select([connection], [], [], 60)[0])", 1),
        ("len(looker.poll(60_000))", 1),
        ("len(chooser.select(60))", 1),
        ("(connection.settimeout(60), connection.recv(3))[1]", b"abc"),
    ],
)
def test_who_finds_something_does_not_wait(call, expected):
    assert told(call, Leap(300), before=b"abc")[:2] == ([expected], 0)


def test_an_edge_is_told_once():
    calls = (
        "edges.register(connection, select.EPOLLIN | select.EPOLLET),"
        "len(edges.poll(60)), len(edges.poll(60))"
    )
    assert told(calls, Leap(300), before=b"abc")[:2] == ([None, 1, 0], 60)


def test_so_much_and_no_more():
    waits = ", ".join(["select.select([connection], [], [], 0.3)"] * 3)
    calls, passed, _ = told(f"time.sleep(90), {waits}", Leap(90))
    assert (len(calls), passed) == (4, 90)


def test_as_much_again_behind_what_has_come():
    calls = (
        "connection.settimeout(60), said(connection.recv, 1),"
        "select.select([], [], [], 50), said(connection.recv, 1),"
        "select.select([], [], [], 50)"
    )
    leap = Leap(50, exact=True, anew=True)
    calls, passed, _ = told(calls, leap, before=b"ab")
    assert calls == [None, 1, ([], [], []), 1, ([], [], [])] and passed == 100


def test_not_before_so_many_are_let_in():
    calls = "select.select([], [], [], 0.01), time.sleep(0.01)"
    assert told(calls, Leap(300, after=2))[1] == 0
    assert told("time.sleep(60)", Leap(300, after=1))[1] == 60


def test_the_trace_the_story_and_the_replay_tell_it():
    calls = "select.select([connection], [], [], 60), listener.settimeout(30),"
    *_, server = told(calls + "said(listener.accept)", Leap(300))
    assert server.story.lines()[0] == (
        "the system  lets 300 s pass at once, in waits with a time limit"
    )
    events = server.trace().events
    (woke,) = [event for event in events if event["e"] == "woke"]
    assert woke["made"] is True
    (failed,) = [event for event in events if event["e"] == "fail"]
    assert (failed["error"], failed["made"]) == ("TimeoutError", True)
    page = replay(server.trace())._repr_mimebundle_()["text/html"]
    assert "the test lets 60 s pass at once" in page
    assert "fails: TimeoutError. The test has made it so." in page


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("select.select([connection], [], [], 60.2)", ([], [], [])),
        ("looker.poll(60_200)", []),
        ("edges.poll(timeout=60.2, maxevents=5)", []),
        ("time.sleep(60.2)", None),
        (
            "(connection.settimeout(60.2), said(connection.recv, 10))",
            (None, "TimeoutError"),
        ),
    ],
)
def test_the_rest_of_a_wait_may_pass_in_earnest(call, expected):
    slept = "time.process_time_ns() and os.times().elapsed"
    calls, passed, _ = told(f"{slept}, {call}, {slept}", Leap(60, exact=True))
    before, found, after = calls
    assert (found, passed) == (expected, 60)
    assert after - before > 0.15


def test_who_is_woken_in_the_rest_of_a_wait_finds_something():
    calls = "len(select.select([connection], [], [], 90)[0])"
    with start(TELLS % calls, leap=Leap(60, after=1, exact=True)) as server:
        anna = server.connect("anna")
        server.until(lambda: not server.process.activity()[2])
        anna.send(b"here I am\n")
        heard = b""
        while more := anna.receive():
            heard += more
        assert eval(heard)[0] == [1]
        anna.close()
