"""Odd but right notebooks are right wherever they are checked.

Here they are collected as the class collects them, and served; a few go through all
the callers. tools/compare_callers.py sends all of them through all.
"""

import importlib.util
import os
import random
import sys

import odd
import psutil
import pytest
from odd_habits import ALONE, LINES, MAGICS, STAYS, THINGS
from odd_shapes import SHAPES

from buckets import course, release
from buckets.classroom import handed_in
from buckets.driving.seed import SEED, USUAL
from buckets.driving.server import Server
from buckets.grading.collect import collect_script
from buckets.grading.engine import grade

ROOT = course.root()
NOTEBOOKS = odd.notebooks()
# Of the lines and things that go together, all are met in one notebook below.
TOGETHER = {f"habit: {name}" for name in {**LINES, **MAGICS}}
TOGETHER |= {f"thing: {name}" for name in THINGS.keys() - ALONE}
OTHERS = [name for name in NOTEBOOKS if name not in {odd.SPOILT, *TOGETHER}]
DRAWN = random.Random(int(os.environ.get(SEED, USUAL)))
ALONE_TOO = sorted(DRAWN.sample(sorted(TOGETHER), 6))
TOPICS = sorted(DRAWN.sample(course.topics()[1:], 2), key=str)


def tool(name):
    """A module of tools/, which is no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def collected(folder, name, topic=odd.FIRST):
    """What the class engine takes from a file in a folder of its own."""
    data, file = NOTEBOOKS[name]
    (folder / file).write_bytes(data)
    return taken(handed_in.read(folder / f"{topic.name}.ipynb", topic), topic, folder)


def taken(notebook, topic, folder):
    """What it takes from a notebook."""
    given = release.of(topic)
    handed_in.rebuild(notebook, handed_in.masters_of(given))
    script = course.script(topic, notebook, given.opening)
    return collect_script(script, topic, folder=str(folder))


def must_greet(submission):
    assert submission.has("greet"), submission.why_missing("greet")
    assert not submission.problems, submission.problems
    with Server(submission, "greet") as server:
        server.connect("visitor").expect(b"hello\n").expect_eof()


@pytest.mark.parametrize("name", OTHERS + ALONE_TOO)
def test_its_server_serves(tmp_path, name):
    must_greet(collected(tmp_path, name))


@pytest.mark.parametrize("stay", [False, True])
def test_all_things_that_an_answer_keeps_at_once(tmp_path, stay):
    things = {k: v for k, v in THINGS.items() if (k in STAYS) == stay}
    crowd = {k: v for k, v in things.items() if k not in ALONE}
    submission = taken(
        handed_in.tidy(odd.crowded(odd.FIRST, {}, crowd)), odd.FIRST, tmp_path
    )
    assert ("greet" in submission.parcels) != stay, submission.unpackable
    must_greet(submission)


@pytest.mark.parametrize("topic", [odd.FIRST, *TOPICS], ids=lambda topic: topic.name)
def test_all_lines_of_a_long_day_at_once(tmp_path, topic):
    """tools/compare_callers.py has them in all topics, with the things, and points."""
    crowd = handed_in.tidy(odd.crowded(topic, LINES, {}))
    submission = taken(crowd, topic, tmp_path)
    assert not submission.problems, submission.problems
    assert [task for task in topic.tasks if submission.has(task)] == [*topic.tasks]
    if topic == odd.FIRST:
        must_greet(submission)


# Half of the shapes, each in a topic of its own; others with another seed.
SHAPED = [
    (shape, DRAWN.choice(course.topics()[1:]))
    for shape in sorted(DRAWN.sample(sorted(SHAPES), len(SHAPES) // 2))
]


@pytest.mark.parametrize(
    ("shape", "topic"), SHAPED, ids=lambda one: getattr(one, "name", one)
)
def test_no_answer_is_lost_by_what_became_of_the_cells(tmp_path, shape, topic):
    submission = taken(handed_in.tidy(SHAPES[shape](topic)), topic, tmp_path)
    assert [task for task in topic.tasks if submission.has(task)] == [*topic.tasks]
    stopped = [] if shape == "with old attempts" else submission.problems
    assert not stopped, stopped


PASSED = {
    "installs": "! starts another program",
    "pip magic": "%pip is not carried out",
    "bash cell": "%%bash is not carried out",
    "matplotlib inline": "%matplotlib is not carried out",
    "asks the kernel": "it needs a notebook's kernel",
    "colab": "the package google is not installed here",
    "two imports in one": "the package no_such_package_at_all is not installed",
    "a newer name": "Jupyter stops there, and runs no line below it",
}


@pytest.mark.parametrize("habit", PASSED)
def test_what_was_passed_over_is_told_with_its_line(tmp_path, habit):
    submission = collected(tmp_path, f"habit: {habit}")
    told = " ".join(note.sentence for note in submission.notes)
    assert PASSED[habit] in told
    assert "line 1, was passed over" in told


def test_a_name_that_a_module_lacks_is_told_with_what_jupyter_does(tmp_path):
    [note] = collected(tmp_path, "habit: a newer name of a module").notes
    assert note.line == 2
    assert "AttributeError: module 'select' has no attribute" in note.sentence
    assert "Jupyter stops there" in note.sentence


def test_a_task_is_what_stands_where_its_check_cell_stands(tmp_path):
    five = course.Topic("05_select")
    submission = collected(tmp_path, odd.SPOILT, five)
    assert set(submission.parcels) == set(five.tasks)
    with Server(submission, "three_guests") as server:
        guests = [server.connect(name) for name in ("anna", "ben", "cleo")]
        for guest in guests:
            guest.send(b"abc\n")
        guests[0].expect(b"cba\n")


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "name", ["thing: generator", "thing: default timeout", "file: nbformat 3"]
)
def test_all_callers_say_the_same(name):
    compare = tool("compare_callers")
    found = compare.compare(compare.Case.whole(name, *NOTEBOOKS[name], odd.FIRST))
    assert found == {caller: {"greet": 1.0} for caller in compare.CALLERS}


def test_who_uses_numpy_has_one_thread_all_the_same(tmp_path):
    """Its import starts a thread for each processor, if nobody says otherwise."""
    submission = collected(tmp_path, "thing: numpy")
    with Server(submission, "greet") as server:
        assert psutil.Process(server.process.pid).num_threads() == 1


def test_what_calls_a_task_does_not_sleep_as_the_cells_would_have_it(tmp_path):
    """Our own code around a task has the library's calls, whatever cells put there."""
    two = course.Topic("02_the_queue")
    ours = "import time\nkept = iter([1])\ntime.sleep = lambda seconds: next(kept, 0)"
    keeps = "plain = predict_waits\n\ndef predict_waits(*a):\n    time.sleep(0)\n"
    notebook = odd.with_cell(
        f"{ours}\n{keeps}    return plain(*a)", two, "check_predict"
    )
    submission = taken(handed_in.tidy(notebook), two, tmp_path)
    assert "predict_waits" in submission.unpackable
    [verdict] = grade(two, submission, task="predict_waits")
    assert verdict.points == verdict.max_points, verdict.tests
