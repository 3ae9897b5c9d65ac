"""A family is looked for anew only when it may have changed, and never too late."""

import signal
import subprocess
import sys
from contextlib import contextmanager

import psutil
import pytest

from buckets.driving.observe import Process

# Each line makes a child, or ends one; the answer says that it is done.
NURSE = """
import os, signal, sys
children = []
for order in sys.stdin:
    if order == "born\\n":
        child = os.fork()
        if not child:
            signal.pause()
        children.append(child)
    elif order == "dies\\n":
        os.kill(children[-1], signal.SIGKILL)
        os.waitid(os.P_PID, children[-1], os.WEXITED | os.WNOWAIT)
    else:
        os.waitpid(children.pop(), 0)
    print("done", flush=True)
"""


@contextmanager
def nurse():
    """A function that has an order carried out, and the process as it is seen."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", NURSE], **pipes) as popen:

        def order(what):
            popen.stdin.write(what + "\n")
            popen.stdin.flush()
            assert popen.stdout.readline() == "done\n"

        process = Process(popen.pid)
        try:
            yield order, process
        finally:
            for member in reversed(process.family()):
                member.kill()


def test_who_is_born_or_dies_is_seen_at_once():
    with nurse() as (order, process):
        for number in range(1, 6):
            order("born")
            assert process.children() == (number, 0)
            assert process.children() == (number, 0)
        order("dies")
        assert process.children() == (4, 1)
        order("is waited for")
        assert process.children() == (4, 0)


def test_a_child_that_was_killed_from_outside_is_seen():
    with nurse() as (order, process):
        order("born")
        while not process._sure:
            [_, child] = process.family()
        child.kill()
        while child.status() != psutil.STATUS_ZOMBIE:
            pass
        assert process.children() == (0, 1)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts CPU time in ns")
def test_a_family_at_rest_is_looked_for_twice(monkeypatch):
    """Whoever looks at a sleeping server forty times a second must cost little."""
    looks = []
    with nurse() as (order, process):
        order("born")
        look_for = process._look_for_family
        monkeypatch.setattr(
            process, "_look_for_family", lambda: looks.append(1) or look_for()
        )
        while not process._sure:
            process.family()
        looks.clear()
        for _ in range(10):
            process.activity()
        assert looks == []
        order("born")
        assert len(process.family()) == 3


SLEEPER = """
import signal, socket, struct
listener = socket.create_server(("127.0.0.1", 0))
{first}
print("ready", flush=True)
listener.accept()
"""


@contextmanager
def asleep_in_accept(first):
    """A process that waits for clients, as it is seen; what it does first."""
    command = [sys.executable, "-c", SLEEPER.format(first=first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as popen:
        assert popen.stdout.readline() == "ready\n"
        process = Process(popen.pid)
        while process.call() != "accept":
            pass
        yield process
        popen.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of a call")
def test_nothing_but_an_event_wakes_who_has_set_no_alarm():
    with asleep_in_accept("") as process:
        assert process.waits_for_events()
        assert process.outlasts_its_socket()
        assert process.still()
    ring = "signal.signal(signal.SIGALRM, lambda number, frame: None)"
    fd = "import ctypes; ctypes.CDLL(None).timerfd_create(1, 0)"
    for clock in (ring, fd):
        with asleep_in_accept(clock) as process:
            assert not process.waits_for_events()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of a call")
def test_a_socket_with_a_time_limit_of_its_own_is_found():
    limit = "socket.SO_RCVTIMEO, struct.pack('ll', 60, 0)"
    with asleep_in_accept(f"listener.setsockopt(socket.SOL_SOCKET, {limit})") as found:
        assert found.waits_for_events()
        assert not found.outlasts_its_socket()


def test_who_spins_is_not_still():
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as popen:
        assert not Process(popen.pid).still()
        popen.kill()


IGNORES = """
import signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
print("done", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of it")
def test_a_signal_that_is_ignored_is_known():
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", IGNORES], **pipes) as popen:
        assert popen.stdout.readline() == "done\n"
        process = Process(popen.pid)
        assert process.ignores(signal.SIGCHLD)
        assert not process.ignores(signal.SIGUSR1)
        process.close()
        popen.stdin.close()
