"""running(): a server beside the notebook, which never outlives it."""

import os
import signal
import threading
import time

import psutil
import pytest
from kernels import kernel

from buckets import running
from buckets.driving.clients import Dribbler
from buckets.driving.unmet import Unmet


def upper(listener):
    while True:
        connection, _ = listener.accept()
        while data := connection.recv(4096):
            print("heard", data)
            connection.sendall(data.upper())
        connection.close()


def gone(pid, seconds=10):
    until = time.monotonic() + seconds
    while psutil.pid_exists(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not psutil.pid_exists(pid)


def test_a_server_runs_as_long_as_its_block():
    with running(upper) as server:
        server.connect("anna").send(b"hello").expect(b"HELLO")
        server.connect("dora", Dribbler).close()
        pid = server._server.process.pid
        assert server.vitals().processes == 1
        assert server.place().function == "upper"
        assert server.ending() is None
    assert gone(pid)
    assert server.output == "heard b'hello'\n"


def test_nothing_is_left_in_the_kernel():
    threads, descriptors = threading.active_count(), psutil.Process().num_fds()
    with running(upper) as server:
        server.connect("anna").send(b"hello").expect(b"HELLO")
    # Fewer is no fault: a thread of an earlier test may end meanwhile.
    assert threading.active_count() <= threads
    assert psutil.Process().num_fds() <= descriptors


def test_run_again_it_replaces_the_former_one():
    former = running(upper)
    pid = former._server.process.pid
    later = running(upper)
    assert gone(pid)
    later.connect("anna").send(b"hello").expect(b"HELLO")
    later.stop()
    later.stop()


def test_a_silent_server_is_waited_for_no_longer_than_it_is_worth():
    def mute(listener):
        connection, _ = listener.accept()
        connection.recv(1)
        time.sleep(600)

    with running(mute) as server:
        with pytest.raises(Unmet, match="nothing came"):
            server.connect("anna").send(b"hello").expect(b"HELLO")


def test_a_server_that_died_shows_its_own_traceback(capsys):
    def clumsy(listener):
        listener.accept()
        raise ValueError("no water")

    with running(clumsy) as server:
        with pytest.raises(Unmet, match="the server has ended"):
            server.connect("anna").expect(b"hello")
    told = capsys.readouterr()
    assert told.err == ""
    assert "clumsy ended on the way" in told.out
    assert "ValueError: no water" in told.out
    assert "buckets/child" not in told.out


def test_a_server_that_was_ended_otherwise_is_told_too(capsys):
    def abrupt(listener):
        listener.accept()
        os._exit(3)

    with running(abrupt) as server:
        server.connect("anna")
    assert (
        "abrupt ended on the way: it exited (exit code 3)." in capsys.readouterr().out
    )


def test_a_server_that_goes_home_needs_no_words(capsys):
    with running(lambda listener: None):
        pass
    assert capsys.readouterr().out == ""


def test_its_stack_shows_the_learners_calls_only():
    def wait(listener):
        listener.accept()

    def serve(listener):
        wait(listener)

    with running(serve) as server:
        until = time.monotonic() + 10
        while not server.stack():
            assert time.monotonic() < until
        outer, _, inner, source = server.stack().splitlines()
        assert outer.endswith("in serve")
        assert inner.endswith("in wait")
        assert source == "    listener.accept()"


def test_two_lambdas_run_side_by_side():
    first = running(lambda listener: listener.accept()[0].sendall(b"first"))
    second = running(lambda listener: listener.accept()[0].sendall(b"second"))
    first.connect("anna").expect(b"first")
    second.connect("ben").expect(b"second")
    first.stop()
    second.stop()


def test_a_promise_that_is_not_kept_is_told_without_our_frames(tmp_path):
    with kernel(tmp_path) as cells:
        cells.run("from buckets import running")
        cells.run(
            "with running(lambda l: l.accept()[0].sendall(b'hallo')) as server:\n"
            "    server.connect('anna').expect(b'hello')",
            fails=True,
        )
        number = cells.client.nb.cells[-1].execution_count
        [error] = [o for o in cells.client.nb.cells[-1].outputs if "ename" in o]
    assert error.traceback == [
        "anna < expected b'hello', got b'hallo'",
        f"  cell {number}, line 2: server.connect('anna').expect(b'hello')",
        "  expected b'hello'",
        "  got      b'hallo'",
        "              ^ byte 1",
    ]


@pytest.mark.parametrize("thing", [None, "upper", 3])
def test_a_call_that_cannot_be_meant_is_answered_with_advice(thing):
    with pytest.raises(TypeError, match="Leave out the parentheses"):
        running(thing)


def test_what_cannot_travel_is_said_with_advice():
    generator = (number for number in range(3))
    with pytest.raises(ValueError, match="inside the function"):
        running(lambda listener: next(generator))


@pytest.mark.parametrize("end", ["shutdown", "kill"])
def test_a_server_does_not_outlive_its_kernel(tmp_path, end):
    with kernel(tmp_path) as cells:
        cells.run("from buckets import running")
        cells.run(
            "import os, time\n"
            "def serve(listener):\n"
            "    if os.fork() == 0:\n"
            "        time.sleep(600)\n"
            "    listener.accept()\n"
        )
        cells.run("server = running(serve)")
        wait = time.monotonic() + 10
        while cells.value("server.vitals().processes") < 2:
            assert time.monotonic() < wait
        family = cells.value("[p.pid for p in server._server.process.family()]")
        assert len(family) == 2
        if end == "kill":
            os.kill(cells.pid, signal.SIGKILL)
    assert all(map(gone, family))
