"""Votes that a test holds: threads meet in the middle because they are made to."""

import textwrap

import pytest
import servers

from buckets.behaviour import behaviour
from buckets.driving.topics.threads import (
    Voter,
    expect_alone_with_the_votes,
    expect_at_most,
    expect_each_once,
    lay_out,
    serve_votes,
    until_still,
)
from buckets.driving.unmet import Unmet

SERVE = """
import threading

KEY = threading.Lock()

def look_after(connection, votes):
    for name in connection.makefile("rb"):
        name = name.strip()
        count = add_one(votes, name)
        connection.sendall(b"%b %d\\n" % (name, count))

def serve(listener, votes):
    while True:
        work = [listener.accept()[0], votes]
        threading.Thread(target=look_after, args=work).start()
"""
BARE = """
def add_one(votes, name):
    votes.write(name, votes.read(name) + 1)
    return votes.read(name)
"""
LOCKED = """
def add_one(votes, name):
    with KEY:
        count = votes.read(name) + 1
        votes.write(name, count)
    return count
"""
IN_TWO_TURNS = """
def add_one(votes, name):
    with KEY:
        count = votes.read(name)
    with KEY:
        votes.write(name, count + 1)
    return count + 1
"""
OWN_LOCK = """
def add_one(votes, name):
    with threading.Lock():
        count = votes.read(name) + 1
        votes.write(name, count)
    return count
"""
ONE_OF_MANY = """
import itertools

ROWS = [threading.Lock() for _ in range(99)]
TURN = itertools.count()

def add_one(votes, name):
    with ROWS[next(TURN)]:
        count = votes.read(name) + 1
        votes.write(name, count)
    return count
"""


@behaviour("serve", driver=serve_votes)
def driven(server):
    """driven"""


def start(add_one):
    source = textwrap.dedent(SERVE + add_one)
    return servers.start(source, driver=driven.behaviour.options.driver)


def two_votes(server, *names):
    """Two clients vote; the first thread is held while the other acts."""
    votes = lay_out(server, held=True)
    anna, ben = server.connect("anna", Voter), server.connect("ben", Voter)
    anna.send(names[0] + b"\n")
    votes.until_read()
    ben.send(names[1] + b"\n")
    votes.let_go()
    return votes, anna.counts(names[0]) + ben.counts(names[1])


def meetings(server):
    return [event for event in server.trace().events if event["e"] == "votes"]


@pytest.mark.parametrize(
    ("add_one", "during", "key"),
    [
        (BARE, "read", False),
        (OWN_LOCK, "read", True),
        (ONE_OF_MANY, "read", True),
        (IN_TWO_TURNS, "line", True),
    ],
)
def test_an_update_is_lost_each_time(add_one, during, key):
    for _ in range(3):
        with start(add_one) as server:
            votes, counts = two_votes(server, b"tea", b"tea")
            assert counts == [1, 1] and votes.shared
            first = meetings(server)[0]
            assert (first["during"], first["does"]) == (during, "read")
            assert first["key"] is key
            with pytest.raises(Unmet, match="used by two threads"):
                expect_alone_with_the_votes(votes)


@pytest.mark.parametrize("names", [(b"tea", b"tea"), (b"tea", b"milk")])
def test_a_lock_keeps_the_other_out_and_nothing_hangs(names):
    with start(LOCKED) as server:
        votes, counts = two_votes(server, *names)
        assert counts == ([1, 2] if names[0] == names[1] else [1, 1])
        assert meetings(server) == []
        expect_alone_with_the_votes(votes)
        server.connect("cleo").send(b"tea\n")
        expect_at_most(server, 4)


def test_votes_that_nobody_reads_are_told():
    with start("def add_one(votes, name):\n    return 0\n") as server:
        votes = lay_out(server, held=True)
        server.connect("anna").send(b"tea\n")
        with pytest.raises(Unmet, match="nobody does"):
            votes.until_read()


def test_more_threads_than_asked_for_are_told():
    with start(LOCKED) as server:
        lay_out(server)
        server.mob(3).send(lambda number: b"%d\n" % number)
        expect_at_most(server, 4)
        with pytest.raises(Unmet, match=r"runs 4 threads; 3 at most") as unmet:
            expect_at_most(server, 3)
        assert unmet.value.kind == "crowd"


def test_each_count_is_heard_once_or_a_vote_is_lost():
    with start(LOCKED) as server:
        lay_out(server)
        expect_each_once(server, [2, 1, 3])
        with pytest.raises(Unmet, match="counts 2 of 3 votes"):
            expect_each_once(server, [1, 2, 2])
        with pytest.raises(Unmet, match="tells 2 counts to 3 votes"):
            expect_each_once(server, [1, 3, 3])
        with pytest.raises(Unmet, match="tells 2 votes counts from 2 to 3"):
            expect_each_once(server, [3, 2])


@pytest.mark.parametrize("said", [b"tea\n", b"milk 1\n", b"tea one\n", b"tea 1e9\n"])
def test_a_count_is_a_name_and_a_number(said):
    source = f"def serve(listener):\n    listener.accept()[0].sendall({said!r})\n"
    with servers.start(source) as server:
        with pytest.raises(Unmet):
            server.connect("anna", Voter).counts(b"tea")


@pytest.mark.parametrize("bound", ["LONGEST", "MOST_WORK"])
def test_a_server_that_spins_is_not_waited_for_for_ever(monkeypatch, bound):
    monkeypatch.setattr(f"buckets.driving.topics.threads.{bound}", 0.2)
    with servers.start("def serve(listener):\n    while True: pass\n") as server:
        until_still(server.patience)
