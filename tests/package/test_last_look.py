"""At the end of a test, whoever has heard all that it expected looks once more."""

import time

import pytest
from servers import start

from buckets.driving.clients import Talker
from buckets.driving.expect import expect_no_more_at_the_end
from buckets.driving.unmet import Unmet

ANSWERS = """
def serve(listener):
    connection, _ = listener.accept()
    connection.sendall(connection.recv(100).upper())
    %s
    while True:
        if not connection.recv(100):
            return
"""
LATE = """sum(range(300_000))
    connection.sendall(b"one too many\\n")"""
RACES = """while True:
        sum(range(1_000))"""


def test_what_comes_a_moment_later_is_seen():
    """Whether a client sees it itself depends on the machine; one of the two does."""
    with start(ANSWERS % LATE) as server:
        with pytest.raises(Unmet) as found:
            server.connect("anna").send(b"hello\n").expect(b"HELLO\n")
            expect_no_more_at_the_end(server)
        assert found.value.text.endswith("< expected no more, got b'one too many\\n'")
        assert (found.value.who, found.value.kind) == ("anna", "extra")


@pytest.mark.parametrize(
    "then",
    [
        lambda anna: anna.send(b"and more\n"),
        lambda anna: anna.half_close(),
        lambda anna: anna.close(),
    ],
)
def test_who_has_done_something_since_is_not_asked(then):
    with start(ANSWERS % LATE) as server:
        anna = server.connect("anna").send(b"hello\n").expect_next(b"HELLO\n")
        anna.heard_all = True
        then(anna)
        expect_no_more_at_the_end(server)


def test_who_has_more_to_hear_is_not_asked():
    with start(ANSWERS % LATE) as server:
        server.connect("anna").send(b"hello\n").expect_next(b"HELLO\n")
        expect_no_more_at_the_end(server)


def test_who_never_sleeps_is_not_waited_for():
    with start(ANSWERS % RACES) as server:
        server.connect("anna").send(b"hello\n").expect(b"HELLO\n")
        spent = server.vitals().cpu
        expect_no_more_at_the_end(server)
        # As ever: what counts is CPU time, and a look may come late.
        assert server.vitals().cpu - spent < 1.0


def test_where_somebody_talks_without_end_nothing_is_waited_for():
    with start(ANSWERS % RACES) as server:
        server.connect("anna").send(b"hello\n").expect(b"HELLO\n")
        with server.connect("talker", Talker).talk(b"and then "):
            began = time.monotonic()
            expect_no_more_at_the_end(server)
            assert time.monotonic() - began < 1.0
