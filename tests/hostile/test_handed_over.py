"""Nothing that crosses to a learner's process and back can hold the outside up."""

import json
import os
import select
import subprocess
import sys
import time

import pytest

from buckets import course
from buckets.driving.hearing import Hearing, Paper
from buckets.driving.server import Server
from buckets.grading.collect import collect

pytestmark = pytest.mark.timeout(120)

# Whoever receives the last hold on this connection closes it, and stands still for an
# hour: its other end takes nothing.
LINGERS = """
import contextlib, os, socket, struct, threading

def linger():
    door = socket.create_server(("127.0.0.1", 0))
    one = socket.create_connection(door.getsockname())
    held.append(door.accept()[0])
    one.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            one.send(bytes(1 << 16))
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 3600))
    for fd in range(3, 1100):
        with contextlib.suppress(OSError):
            line = socket.socket(fileno=os.dup(fd))
            if line.family == socket.AF_UNIX:
                socket.send_fds(line, [b"{}\\n"], [one.fileno()])
    threading.Thread(target=os.close, args=[one.detach()], daemon=True).start()

held = []
"""
SERVES = """
def serve(listener):
    linger()
    connection = listener.accept()[0]
    connection.sendall(b"here\\n")
    connection.recv(1)
"""
# Copies of a descriptor have their flags in common.
DIRECT = """
import contextlib, fcntl, os

def serve(listener):
    for fd in range(1100):
        with contextlib.suppress(OSError):
            fcntl.fcntl(fd, fcntl.F_SETFL, os.O_DIRECT | os.O_NONBLOCK)
    connection = listener.accept()[0]
    connection.sendall(b"here\\n")
    connection.recv(1)
"""


def code(*sources):
    return [
        {"label": f"cell {number}", "source": source}
        for number, source in enumerate(sources)
    ]


def test_no_descriptor_comes_back_from_whoever_serves():
    submission = collect(code(LINGERS + SERVES), ["serve"])
    began = time.monotonic()
    with Server(submission, "serve") as server:
        server.connect("anna").expect(b"here\n")
        server.child.listen()
        assert server.ending() is None
    assert time.monotonic() - began < 60


def test_no_descriptor_comes_back_from_a_cell():
    found = collect(code(LINGERS + "linger()", "def serve(listener): pass"), ["serve"])
    assert found.has("serve") and not found.fault


def test_no_descriptor_comes_back_over_a_desk():
    """The desk of a client is a Unix socket; what it says there comes by a pipe."""
    topic = course.Topic("05_select")
    task = "wrong_walker"
    behaviour = next(one for one in topic.behaviours if one.task == task)
    submission = collect(
        code(LINGERS + f"def {task}(stranger):\n    linger()\n    return False\n"),
        [task],
    )
    began = time.monotonic()
    with Server(submission, task, options=behaviour.options) as client:
        assert client.desk and client.heard
        client.desk.sendall(b'{"meet": true}\n')
        assert select.select([client.heard], [], [], 60)[0]
        assert json.loads(client.heard.read() or b"")["found"] is False
        assert client.desk.recv(1) == b""
    assert time.monotonic() - began < 60


def test_flags_that_are_shared_keep_nobody_from_reading():
    with Server(collect(code(DIRECT), ["serve"]), "serve") as server:
        server.connect("anna").expect(b"here\n")
        told = {event["e"] for event in server.trace().events}
        # What it could not write any more is its own loss.
        assert {"start", "connect"} <= told
        assert isinstance(server.stack(), str)


def test_what_is_written_and_what_is_read_have_flags_of_their_own():
    paper = Paper()
    os.set_blocking(paper.theirs, False)
    assert os.get_blocking(paper.fileno())
    os.write(paper.theirs, b"words")
    assert (paper.size(), paper.read(1, 3)) == (5, b"ord")
    paper.close()
    paper.close()
    assert paper.closed


def test_a_hearing_ends_with_the_last_who_could_speak():
    hearing = Hearing()
    says = hearing.theirs
    child = subprocess.Popen(
        [sys.executable, "-c", f"import os; os.write({says}, b'word')"], pass_fds=[says]
    )
    assert child.wait(timeout=60) == 0
    assert hearing.read() == b"word"
    assert hearing.read() is None
    hearing.handed_over()
    assert hearing.read() == b""
    hearing.close()
    hearing.close()
