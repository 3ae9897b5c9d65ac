"""A template: children forked from one warm process are as fresh as started ones."""

import os
import signal
import socket
import sys
import threading

import psutil
import pytest
import servers
from processes import until

from buckets.driving import orphans
from buckets.driving.reserve import Nursery
from buckets.driving.server import Server
from buckets.driving.template import Template

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="orphans fall to init")

SHOUT = """
def shout(listener):
    while True:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(connection.recv(100).upper())
"""


@pytest.fixture(autouse=True)
def adopting():
    orphans.adopt()
    yield
    orphans.adopt_no_more()


@pytest.fixture
def template():
    made = Template()
    yield made
    made.close()


def forked(template):
    ours, theirs = socket.socketpair()
    with theirs:
        return ours, template.fork(theirs)


def test_a_child_is_ours_and_leads_a_session_of_its_own(template):
    ours, child = forked(template)
    with ours, child.stdout:
        assert psutil.Process(child.pid).ppid() == os.getpid()
        assert os.getsid(child.pid) == os.getpgid(child.pid) == child.pid
        assert child.pid not in orphans.adopted()
        assert child.poll() is None
        ours.close()
        assert child.wait(10) == 0
    assert not psutil.pid_exists(child.pid)


def test_how_it_ended_is_known(template):
    ours, child = forked(template)
    with ours, child.stdout:
        os.kill(child.pid, signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
        assert child.poll() == -signal.SIGKILL


def test_it_holds_no_descriptor_but_its_own(template):
    """Nothing of the template, and nothing of a child before it."""
    pairs = [forked(template) for _ in range(3)]
    # A child tells its number before it has put its descriptors in order.
    for _, child in pairs:
        own = f"/proc/{child.pid}/fd"
        until(lambda own=own: len(os.listdir(own)) == 4, "0, 1, 2 and its control")
    for ours, child in pairs:
        ours.close()
        child.stdout.close()
        child.wait()


def test_nothing_is_left_of_it():
    before = psutil.Process().children()
    template = Template()
    ours, child = forked(template)
    template.close()
    with ours, child.stdout:
        assert child.poll() is None, "a child does without it"
    child.wait()
    template.close()
    assert psutil.Process().children() == before


def test_one_that_is_killed_is_begun_anew():
    reserve = Nursery()
    try:
        reserve.take().stop()
        for process in psutil.Process().children():
            if "--template" in process.cmdline():
                process.kill()
                until(lambda one=process: is_gone(one), "the end of the template")
        source = servers.submission(SHOUT, "shout")
        with Server(source, "shout", child=reserve.take()) as server:
            server.connect("anna").send(b"hello").expect(b"HELLO")
    finally:
        reserve.close()


def is_gone(process):
    return process.status() == psutil.STATUS_ZOMBIE


def test_a_child_that_is_being_started_is_no_orphan(template):
    """The next server is started while a test still counts this one's processes."""
    seen, over = [], threading.Event()

    def count():
        while not over.is_set():
            seen.extend(orphans.adopted())

    counting = threading.Thread(target=count)
    counting.start()
    try:
        for _ in range(50):
            ours, child = forked(template)
            with ours, child.stdout:
                ours.close()
                assert child.wait(10) == 0
            orphans.ended(child.pid)
    finally:
        over.set()
        counting.join()
    assert seen == []
