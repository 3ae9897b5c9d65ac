"""From the cells of a notebook to the tasks of a submission."""

import time

import psutil
import pytest

from buckets import course
from buckets.child.parcel import unpack
from buckets.driving.server import Server
from buckets.grading import collect as collecting
from buckets.grading.collect import collect, news
from buckets.submission import Problem


def cells(*sources):
    return [
        {"label": f"cell {number}", "source": source}
        for number, source in enumerate(sources, start=1)
    ]


GOOD = "def serve(listener): return 'served'"


def test_a_task_is_taken_from_the_cell_that_defines_it_last():
    found = collect(cells("def serve(l): return 'early'", GOOD), ["serve"])
    assert unpack(found.parcels["serve"])(None) == "served"


def test_magics_and_await_work_as_in_jupyter():
    found = collect(
        cells("import asyncio\nawait asyncio.sleep(0)", "%%capture\nprint(1)", GOOD),
        ["serve"],
    )
    assert not found.problems
    assert found.parcels


def test_a_cell_that_raises_costs_only_itself():
    found = collect(cells("1 / 0", GOOD), ["serve"])
    assert [problem.kind for problem in found.problems] == ["ZeroDivisionError"]
    assert 'File "<cell 1>", line 1' in found.problems[0].traceback
    assert found.parcels


def test_a_cell_that_does_not_parse_costs_only_itself():
    found = collect(cells("def serve(listener:", GOOD), ["serve"])
    assert [problem.kind for problem in found.problems] == ["SyntaxError"]
    assert found.parcels


STUB = "# Your code goes here.\nraise NotImplementedError('not written yet')"
WRITTEN = "x = 1\nraise NotImplementedError"


@pytest.mark.parametrize(
    ("task", "told"), [("one", "1 3 4"), ("two", "2 3 4"), (None, "1 2 3 4")]
)
def test_what_is_not_written_of_other_tasks_is_no_news(task, told):
    script = course.Script(cells(STUB, STUB, WRITTEN, "("), {"one": 1, "two": 2})
    problems = [
        Problem(cell["label"], "NotImplementedError", "") for cell in script.cells
    ]
    left = [problem.cell for problem in news(problems, script, task)]
    assert left == [f"cell {number}" for number in told.split()]


@pytest.mark.parametrize("task", ["serve_in_pieces", "serve_gold"])
def test_a_released_notebook_is_silent_on_the_tasks_that_nobody_asked_for(task):
    topic = course.Topic("14_gold")
    script = course.script(topic, course.read_notebook(topic.exercise))
    problems = [
        Problem(cell["label"], "NotImplementedError", "")
        for cell in script.cells
        if collecting._unwritten(cell["source"])
    ]
    assert len(problems) == 2
    [left] = news(problems, script, task)
    assert left == problems[task == "serve_gold"]


@pytest.mark.parametrize(
    "ending",
    [
        "import os; os._exit(1)",
        "import os; os.kill(os.getpid(), 9)",
        "import sys; sys.exit()",
        "import os; os.close(3); [os.close(fd) for fd in range(4, 256)]",
    ],
)
def test_a_cell_that_ends_the_process_costs_only_itself(ending):
    found = collect(cells("HELP = 1", ending, GOOD), ["serve"])
    assert unpack(found.parcels["serve"])(None) == "served"
    assert not found.fault


@pytest.mark.parametrize(
    "hang",
    [
        "import time; time.sleep(600)",
        "while True: pass",
        "import socket; socket.create_server(('127.0.0.1', 0)).accept()",
        "while True:\n    try:\n        while True: pass\n"
        "    except BaseException: pass",
    ],
)
def test_a_cell_that_hangs_costs_only_itself(hang, monkeypatch):
    monkeypatch.setattr(collecting, "CELL_SECONDS", 0.3)
    monkeypatch.setattr(collecting, "GRACE_SECONDS", 1.0)
    found = collect(cells(hang, GOOD), ["serve"])
    assert unpack(found.parcels["serve"])(None) == "served"
    assert "cell 1" in [problem.cell for problem in found.problems]


def test_names_of_this_package_do_nothing_while_cells_are_collected():
    source = (
        "from buckets import check, running\n"
        "def serve(listener): return 'served'\n"
        "check(serve)\n"
        "with running(serve) as server:\n    server.connect()"
    )
    found = collect(cells(source), ["serve"])
    assert not found.problems
    assert found.parcels


def test_why_a_task_is_missing_is_said_kindly():
    found = collect(cells("1 / 0\ndef serve(listener): pass"), ["serve"])
    assert "cell 1 stopped with ZeroDivisionError" in found.why_missing("serve")
    found = collect(cells("def serv(listener): pass"), ["serve"])
    assert found.why_missing("serve").startswith("There is no serve in this notebook")


def test_what_cannot_travel_is_made_anew_where_it_is_served():
    source = (
        "import socket\nS = socket.socket()\n"
        "def serve(listener):\n"
        "    conn, _ = listener.accept()\n"
        "    conn.sendall(b'%d' % (S.fileno() > 0))"
    )
    found = collect(cells("later = 1", source), ["serve"])
    assert not found.parcels
    assert "a socket" in found.unpackable["serve"]
    with Server(found, "serve") as server:
        server.connect("anna").expect(b"1")


def test_a_notebook_that_says_lies_to_the_outside_harms_only_itself():
    lies = (
        "import contextlib, os\n"
        "for says in range(3, 1100):\n"
        "    with contextlib.suppress(OSError):\n"
        '        os.write(says, b\'{"packed": [1], "done": 0}\\nnonsense\\n[]\\n\')'
    )
    assert isinstance(collect(cells(lies, GOOD), ["serve"]).parcels, dict)


def test_no_process_is_left():
    collect(cells("import subprocess; subprocess.Popen(['sleep', '600'])"), ["serve"])
    until = time.monotonic() + 10
    while any(_sleepers()) and time.monotonic() < until:
        time.sleep(0.01)
    assert not any(_sleepers())


def _sleepers():
    for process in psutil.Process().children(recursive=True):
        try:
            if process.status() != psutil.STATUS_ZOMBIE:
                yield process.cmdline() == ["sleep", "600"]
        except psutil.Error:
            continue
