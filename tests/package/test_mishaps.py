"""Calls that fail or take a part because a test wants it so, and what is told of it."""

import pytest
from servers import start

from buckets.conditions import Mishap
from buckets.pictures.aisle.aisle import replay

# It says what each call came to: how many bytes, or the name of the exception.
TELLS = """
import os, socket

def said(call, *args, **more):
    try:
        found = call(*args, **more)
        return len(found) if isinstance(found, bytes) else found
    except OSError as error:
        return type(error).__name__

def serve(listener):
    connection, _ = listener.accept()
    connection.settimeout(10)
    told = [%s]
    socket.socket.sendall(connection, repr(told).encode())
    connection.shutdown(socket.SHUT_WR)
    # Unread bytes would make a reset of the goodbye.
    connection.setblocking(True)
    while os.read(connection.fileno(), 100):
        pass
"""


def told(calls, *mishaps, before=b"0123456789" * 3):
    """What a server is told when it makes these calls."""
    with start(TELLS % calls, mishaps=mishaps) as server:
        anna = server.connect("anna").send(before).half_close()
        heard = b""
        while more := anna.receive():
            heard += more
        return heard[heard.index(b"[") :].decode(), server


def of(server, *kinds):
    return [event for event in server.trace().events if event["e"] in kinds]


SEND = "said(connection.send, b'abcdef')"


@pytest.mark.parametrize(
    ("mishap", "expected"),
    [
        (Mishap("send", most=4), "[4, 4, 4]"),
        (Mishap("send", at=2, most=1), "[6, 1, 1]"),
        (Mishap("send", at=2, times=1, most=1), "[6, 1, 6]"),
        (Mishap("send", at=3, error="EPIPE"), "[6, 6, 'BrokenPipeError']"),
        (
            Mishap("send", times=2, error="EAGAIN"),
            "['BlockingIOError', 'BlockingIOError', 6]",
        ),
        (Mishap("send", most=100), "[6, 6, 6]"),
        (Mishap("recv", most=1), "[6, 6, 6]"),
    ],
)
def test_the_calls_that_are_meant_and_no_others(mishap, expected):
    calls = ", ".join([SEND] * 3)
    assert told(calls, mishap)[0] == expected


def test_every_way_to_send_takes_a_part():
    calls = (
        "said(connection.send, b'abcdef'), said(connection.send, memoryview(b'abc')),"
        "said(connection.sendmsg, [b'abc', b'def']),"
        "said(connection.send, b''), said(connection.sendall, b'abcdef')"
    )
    assert told(calls, Mishap("send", most=2))[0] == "[2, 2, 2, 0, None]"


def test_every_way_to_receive_takes_a_part():
    calls = (
        "said(connection.recv, 10), said(connection.recv_into, bytearray(10)),"
        "said(connection.recv_into, bytearray(10), 5),"
        "said(lambda: connection.recvfrom(10)[0]),"
        "said(lambda: connection.recvfrom_into(bytearray(10))[0]),"
        "said(lambda: connection.recvmsg(10)[0]),"
        "said(connection.makefile('rb', buffering=0).read, 10)"
    )
    assert told(calls, Mishap("recv", most=3))[0] == "[3, 3, 3, 3, 3, 3, 3]"


def test_several_mishaps_happen_side_by_side():
    mishaps = Mishap("send", times=1, most=1), Mishap("recv", at=2, error="ENOMEM")
    calls = f"{SEND}, said(connection.recv, 5), said(connection.recv, 5), {SEND}"
    assert told(calls, *mishaps)[0] == "[1, 5, 'OSError', 6]"


def test_accept_fails_and_whoever_waits_is_let_in_by_the_next():
    source = """
    def serve(listener):
        try:
            listener.accept()
        except ConnectionAbortedError:
            connection, _ = listener.accept()
            connection.sendall(b"at the second try")
    """
    mishap = Mishap("accept", times=1, error="ECONNABORTED")
    with start(source, mishaps=(mishap,)) as server:
        server.connect("anna").expect(b"at the second try")


def test_the_trace_tells_what_was_made_so():
    mishaps = (
        Mishap("send", at=2, times=1, most=2),
        Mishap("recv", times=1, error="ENOBUFS"),
    )
    calls = f"{SEND}, {SEND}, {SEND}, said(connection.recv, 30)"
    _, server = told(calls, *mishaps)
    sends = [(e["n"], e["ask"], e.get("made")) for e in of(server, "send")][:3]
    assert sends == [(6, 6, None), (2, 6, True), (6, 6, None)]
    (failed,) = of(server, "fail")
    assert (failed["op"], failed["errno"], failed["made"]) == ("recv", "ENOBUFS", True)


def test_the_story_and_the_replay_tell_it():
    mishaps = Mishap("send", most=2), Mishap("recv", times=1, error="ENOBUFS")
    _, server = told(f"{SEND}, said(connection.recv, 30)", *mishaps)
    assert server.story.lines()[:2] == [
        "the system  lets each call of send() take 2 bytes at most",
        "the system  lets call 1 of recv() fail with ENOBUFS",
    ]
    page = replay(server.trace())._repr_mimebundle_()["text/html"]
    assert "2 of 6 bytes behind anna: the test lets it take no more." in page
    assert "The test has made it so." in page


def test_a_server_without_a_recorder_meets_them_too():
    source = """
    def serve(listener):
        connection, _ = listener.accept()
        connection.sendall(b"%d" % connection.send(b"abcdef"))
    """
    options = {"mishaps": (Mishap("send", most=2),), "recorded": False}
    with start(source, **options) as server:
        server.connect("anna").expect(b"ab2")


def test_a_traceback_shows_no_line_of_ours():
    source = """
    def serve(listener):
        connection, _ = listener.accept()
        connection.recv(10)
    """
    with start(source, mishaps=(Mishap("recv", error="ENOBUFS"),)) as server:
        server.connect("anna").send(b"hello")
        server.until(lambda: server.ending() is not None)
        text = server.ending().traceback
    assert "connection.recv(10)" in text and "mishaps.py" not in text
