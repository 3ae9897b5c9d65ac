"""What is expected of a server that forks, and its memory, told honestly."""

import os
import select
import sys
from dataclasses import replace

import pytest
import servers
import small_course

from buckets import course
from buckets.driving.topics import fork
from buckets.driving.unmet import Unmet

FORKS = """
    import os, signal

    def serve(listener):
        {first}
        while True:
            connection, _ = listener.accept()
            if os.fork() == 0:
                {child}
                while data := connection.recv(4096):
                    connection.sendall(data.upper())
                os._exit(0)
            connection.close()
"""

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork()")


def start(first="pass", child="listener.close()"):
    server = servers.start(FORKS.format(first=first, child=child))
    # The crew below is either right at once or never: no need to wait for long.
    server.patience = replace(server.patience, asleep=0.2)
    return server


def guests(server, *names):
    clients = [server.connect(name) for name in names]
    for client in clients:
        client.send(b"hello\n").expect(b"HELLO\n")
    return clients


def test_children_are_counted_the_living_and_the_dead():
    with start() as server:
        anna, _ = guests(server, "anna", "ben")
        fork.expect_children(server, 2)
        anna.close()
        fork.expect_children(server, 1)
        assert server.process.children() == (1, 1)
        with pytest.raises(Unmet, match="has 1 child; there should be 2") as few:
            fork.expect_children(server, 2)
        assert few.value.kind == "few"
        with pytest.raises(Unmet, match="has 1 zombie, ended and never") as dead:
            fork.expect_no_zombie(server)
        assert dead.value.kind == "zombies"
        with pytest.raises(Unmet, match="has 1 child and 1 zombie; 1 is the most"):
            fork.expect_at_most(server, 1)


def test_a_server_without_zombies_has_none():
    with start("signal.signal(signal.SIGCHLD, signal.SIG_IGN)") as server:
        guests(server, "anna")[0].close()
        fork.expect_children(server, 0)
        fork.expect_no_zombie(server)
        fork.expect_at_most(server, 0)


def test_a_signal_that_python_missed_is_sent_once_more():
    """The handler is installed, and yet the first child's signal is lost on it."""
    first = """
        def late(*_):
            signal.signal(signal.SIGCHLD, lambda *_: os.waitpid(-1, os.WNOHANG))
        signal.signal(signal.SIGCHLD, late)
    """
    with start(first.strip()) as server:
        guests(server, "anna")[0].close()
        fork.expect_children(server, 0)
        fork.expect_no_zombie(server)


def test_a_copy_of_the_listener_is_seen():
    with start() as server:
        guests(server, "anna", "ben")
        fork.expect_door_let_go(server)
    with start(child="pass") as server:
        guests(server, "anna", "ben")
        assert len(fork.doorkeepers(server)) == 2
        with pytest.raises(Unmet, match="2 children with a copy") as kept:
            fork.expect_door_let_go(server)
        assert kept.value.kind == "door"


ONE_AT_A_TIME = """
    def serve(listener):
        while True:
            connection, _ = listener.accept()
            while data := connection.recv(4096):
                connection.sendall(data.upper())
            connection.close()
"""


def test_who_waits_is_told_from_who_is_let_in():
    with servers.start(ONE_AT_A_TIME) as server:
        (anna,) = guests(server, "anna")
        ben = server.connect("ben")
        fork.expect_kept_waiting(server, ben)
        anna.close()
        ben.send(b"hello\n")
        with pytest.raises(Unmet, match="was let in"):
            fork.expect_kept_waiting(server, ben)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who is accepted")
def test_who_is_accepted_and_not_looked_after_does_not_wait_at_the_door():
    with servers.start(ONE_AT_A_TIME) as server:
        anna = server.connect("anna")
        with pytest.raises(Unmet, match="was accepted, and nobody looks after it"):
            fork.expect_kept_waiting(server, anna)


@pytest.mark.skipif(not hasattr(select, "POLLRDHUP"), reason="only Linux tells of it")
def test_who_is_answered_and_sent_away_is_not_let_in():
    source = "def serve(listener):\n    a, _ = listener.accept()\n    {}a.close()\n"
    source += "    listener.accept()\n"
    for says, told in [
        ("a.sendall(b'full\\n'); ", "answered b'full\\\\n' and "),
        ("", ""),
    ]:
        with servers.start(source.format(says)) as server:
            anna = server.connect("anna")
            with pytest.raises(Unmet, match=f"was {told}sent away"):
                fork.expect_kept_waiting(server, anna)


def test_descriptors_are_those_of_the_parent():
    with start("kept = []", "kept.append(0)") as server:
        before = fork.descriptors(server)
        guests(server, "anna", "ben")
        fork.expect_descriptors(server, before)
        with pytest.raises(Unmet, match="keeps 1 more descriptor open"):
            fork.expect_descriptors(server, before - 1)


def test_an_end_is_told_as_an_end():
    with start("return") as server:
        with pytest.raises(Unmet, match="has ended"):
            fork.expect_children(server, 1)


def test_shared_memory_is_counted_in_three_ways():
    with start() as server:
        alone = server.process.memory()
        guests(server, *"abcdefgh")
        nine = server.process.memory()
    assert (alone.processes, nine.processes) == (1, 9)
    # Each of them has nearly all of the parent's pages, and few of its own.
    assert nine.resident > 3 * alone.resident
    assert nine.unique < nine.resident / 2
    if nine.proportional is not None:
        assert nine.unique < nine.proportional < nine.resident / 2


def test_without_the_call_a_test_says_so_and_is_skipped(tmp_path, monkeypatch):
    monkeypatch.setenv("BUCKETS_COURSE", str(tmp_path))
    course.root.cache_clear()
    small_course.make(tmp_path)
    tests = course.Topic(small_course.TOPIC).tests
    text = tests.read_text().replace('"greet", points=1', '"greet", points=1, CALLS')
    tests.write_text(text.replace("CALLS", 'calls="fork_of_no_system"'))
    run = small_course.run(
        tmp_path, "pytest", "-p", "buckets.grading.pytest_plugin", str(tests), "-rs"
    )
    course.root.cache_clear()
    assert "2 passed, 1 skipped" in run.stdout, run.stdout
    assert "needs: os.fork_of_no_system(), which this system does not" in run.stdout
