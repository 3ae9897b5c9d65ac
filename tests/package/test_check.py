"""check() in a real kernel: what a learner sees, and what nbgrader takes for points."""

import time

import psutil
import pytest
import servers
from kernels import kernel

from buckets import course
from buckets.notebook.check import RUNNING, Early
from buckets.verdict import TestResult

TURN = """
import select

def serve_many(listener):
    waiting = {}
    while True:
        readable, _, _ = select.select([listener, *waiting], [], [])
        for sock in readable:
            if sock is listener:
                waiting[listener.accept()[0]] = b""
                continue
            try:
                data = sock.recv(4096)
                *lines, waiting[sock] = (waiting[sock] + data).split(b"\\n")
                for line in lines:
                    sock.sendall(line[::-1] + b"\\n")
            except OSError:
                data = b""
            if not data:
                del waiting[sock]
                sock.close()
"""

FULL = course.Topic("05_select").tasks["serve_many"]


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    folder = tmp_path_factory.mktemp("learner")
    with kernel(folder) as cells:
        cells.run("from buckets import check")
        yield cells


def test_a_right_server_gets_full_marks_as_a_plain_number(cells):
    cells.run(TURN)
    outputs = cells.run("check(serve_many)")
    assert [out.output_type for out in outputs] == ["display_data", "execute_result"]
    assert outputs[0].data["text/plain"].startswith("serve_many")
    assert "<script" not in outputs[0].data["text/html"]
    assert outputs[1].data["text/plain"] == repr(FULL * 1.0)


def test_a_class_of_a_cell_is_checked_and_so_is_one_of_its_steps(cells):
    """A class that a cell has defined has no file that Python could name."""
    cells.run(servers.ONE_STEP)
    report, points = cells.run("check(EventLoop, step=1)")
    told = report.data["text/plain"]
    assert points.data["text/plain"] == "1.0", told
    assert "1 of 1 point" in told and "!" not in told


def test_a_wrong_server_is_told_what_is_wrong_and_where(cells):
    cells.run(
        "def serve_many(listener):\n"
        "    while True:\n"
        "        conn, _ = listener.accept()\n"
        "        while data := conn.recv(4096):\n"
        "            conn.sendall(data[-2::-1] + b'\\n')\n"
    )
    number = cells.client.nb.cells[-1].execution_count
    text = " ".join(cells.shown("check(serve_many)").split())
    assert f"asleep in recv() on silent's connection, line 4 of cell {number}" in text
    assert "while data := conn.recv(4096):" in text
    assert "M11 connected is not yet served" in text


def test_each_test_is_shown_as_it_is_over_until_one_has_failed():
    """Below a failure nothing may move: somebody reads it, or has unfolded a hint."""
    shown = []

    class Seen:
        show = staticmethod(shown.append)

    early = Early(4, Seen)
    for status in ("pass", "pass", "fail", "pass"):
        early.hear("task", TestResult(status, status, status=status, max_points=1))
    assert [len(verdict.tests) for verdict in shown] == [1, 2, 3]
    assert [verdict.points for verdict in shown] == [1, 2, 2]
    assert all(verdict.note == RUNNING for verdict in shown)


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("check(None)", "was given None. Leave out the parentheses"),
        ("check('serve_many')", "Leave out the quotes"),
        ("check(42)", "a value of type int"),
        ("check(lambda listener: None)", "A lambda has no name"),
        (
            "def serve_mani(listener): pass\ncheck(serve_mani)",
            "Did you mean serve_many?",
        ),
    ],
)
def test_a_call_that_cannot_be_meant_is_answered_kindly(cells, call, answer):
    assert answer in cells.shown(call)
    assert cells.value(call) == 0.0


BAD = {
    "raises": ("raise ValueError('no water')", "ValueError: no water"),
    "returns at once": ("return None", "gone: its function returned"),
    "exits": ("import sys; sys.exit(3)", "gone: exited"),
    "exits at once": ("import os; os._exit(3)", "gone: exited (exit code 3)"),
    "is killed": ("import os; os.kill(os.getpid(), 9)", "gone: killed (signal 9)"),
    "hangs": ("import time; time.sleep(600)", "asleep in sleep()"),
    "spins": ("while True: pass", "spinning: it uses a whole CPU"),
    "closes the listener": (
        "listener.close(); import time; time.sleep(600)",
        "asleep in sleep()",
    ),
    "prints 100 MB": (
        "for _ in range(10_000): print('x' * 10_000)",
        "gone: its function returned",
    ),
    "forks without end": (
        "import os\n    while True: os.fork()",
        (" processes, ", "os.fork()"),
    ),
    "deletes its folder": (
        "import os, shutil\n    folder = os.mkdir('/tmp/bb') or '/tmp/bb'\n"
        "    os.chdir(folder)\n    os.rmdir(folder)\n    os.getcwd()",
        "FileNotFoundError",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_whatever_a_server_does_the_kernel_lives_on(cells, what):
    body, answer = BAD[what]
    cells.run(f"def greet(listener):\n    {body}")
    outputs = cells.run("check(greet)")
    text = outputs[0].data["text/plain"]
    # Which process of many is looked at, and which is refused a child, is chance.
    answers = (answer,) if isinstance(answer, str) else answer
    assert any(each in text for each in answers)
    assert "buckets/" not in text
    assert outputs[-1].data["text/plain"] == "0.0"
    assert cells.value("6 * 7") == 42
    _nothing_is_left(cells.pid)


def _nothing_is_left(pid):
    until = time.monotonic() + 10
    while psutil.Process(pid).children(recursive=True):
        assert time.monotonic() < until, "the kernel still has children"
        time.sleep(0.01)


def test_it_is_the_notebooks_name_that_counts(cells):
    """As when the whole notebook is graded: a decorator may hide the function's own."""
    cells.run(
        TURN
        + "def traced(function):\n"
        + "    def wrapper(listener): return function(listener)\n"
        + "    return wrapper\n"
        + "serve_many = traced(serve_many)\n"
    )
    assert cells.value("check(serve_many, show=False)") == FULL


def test_show_false_shows_nothing_but_the_points(cells):
    cells.run("def greet(listener): pass")
    [only] = cells.run("check(greet, show=False)")
    assert only.data["text/plain"] == "0.0"


def test_an_interrupt_is_answered_kindly_and_leaves_nothing(cells):
    cells.run("def greet(listener):\n    while True: pass")
    cells.run(
        "import os, signal, threading\n"
        "import buckets.grading.engine as engine\n"
        "started = engine._split\n"
        "def interrupted(*args):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    yield from started(*args)\n"
        "engine._split = interrupted"
    )
    outputs = cells.run("check(greet)", fails=True)
    cells.run("engine._split = started")
    assert "You stopped the check." in outputs[0].text
    error = "\n".join(outputs[-1].traceback)
    assert error == "KeyboardInterrupt: the check was stopped."
    _nothing_is_left(cells.pid)
    assert cells.value("6 * 7") == 42


def test_a_fault_of_the_check_itself_is_said_and_raises_nothing(cells):
    cells.run(
        "import buckets.course as course\n"
        "keep = course.topics\n"
        "def broken(): raise RuntimeError('no tests here')\n"
        "course.topics = broken"
    )
    text = cells.shown("check(greet)")
    cells.run("course.topics = keep")
    assert "no tests here" in text
    assert "no fault of yours" in text


def test_what_cannot_travel_is_made_anew_from_the_cells_as_they_ran(cells):
    cells.run(
        "import socket\nspare = socket.socket()\n"
        "def greet(listener):\n"
        "    connection, _ = listener.accept()\n"
        "    connection.sendall(b'hello\\n' * (spare.fileno() > 0))\n"
        "    connection.close()"
    )
    text = " ".join(cells.shown("check(greet)").split())
    assert "It uses a socket that a cell has made. So your cells were run anew" in text
    assert cells.value("check(greet, show=False)") == 1.0


def test_a_handler_of_signals_goes_along(cells):
    cells.run(
        "import signal\n"
        "def heard(*_): pass\n"
        "signal.signal(signal.SIGUSR2, heard)\n"
        "def greet(listener):\n"
        "    connection, _ = listener.accept()\n"
        "    known = signal.getsignal(signal.SIGUSR2) is heard\n"
        "    connection.sendall(b'hello\\n' * known)\n"
        "    connection.close()"
    )
    assert cells.value("check(greet, show=False)") == 1.0
    cells.run("signal.signal(signal.SIGUSR2, signal.SIG_DFL)")


def test_where_nobody_can_answer_a_question_costs_nothing(cells):
    cells.run("from buckets import check\ncheck")
    cells.run("name = input('Your name? ')\nimport getpass\ngetpass.getpass()")
    assert cells.value("name") == ""


def test_a_fault_of_ours_is_called_that_and_costs_nothing(cells, tmp_path):
    cells.run(
        "import buckets.grading.engine as engine\n"
        "keep = engine._Run._command\n"
        "engine._Run._command = lambda *_: ['false']\n"
        "def greet(listener): pass"
    )
    outputs = cells.run("check(greet)")
    cells.run("engine._Run._command = keep")
    assert "no fault of yours and costs no point" in " ".join(
        outputs[0].data["text/plain"].split()
    )
    assert outputs[-1].data["text/plain"] == "1.0"
