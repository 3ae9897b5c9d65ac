"""Odd but right notebooks are right wherever they are checked.

Here each is collected as the class collects it, and served; a few go through all the
callers. tools/compare_callers.py sends all of them through all.
"""

import importlib.util
import sys

import odd
import pytest

from buckets import course, release
from buckets.classroom import handed_in
from buckets.driving.server import Server
from buckets.grading.collect import collect_script

ROOT = course.root()
NOTEBOOKS = odd.notebooks()
OF_GREET = [name for name in NOTEBOOKS if name != odd.SPOILT]


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
    notebook = handed_in.read(folder / f"{topic.name}.ipynb", topic)
    given = release.of(topic)
    handed_in.rebuild(notebook, handed_in.masters_of(given))
    script = course.script(topic, notebook, given.opening)
    return collect_script(script, topic, folder=str(folder))


@pytest.mark.parametrize("name", OF_GREET)
def test_its_server_serves(tmp_path, name):
    submission = collected(tmp_path, name)
    assert submission.has("greet"), submission.why_missing("greet")
    assert not submission.problems, submission.problems
    with Server(submission, "greet") as server:
        server.connect("visitor").expect(b"hello\n").expect_eof()


PASSED = {
    "installs": "! starts another program",
    "pip magic": "%pip is not carried out",
    "bash cell": "%%bash is not carried out",
    "matplotlib inline": "%matplotlib is not carried out",
    "asks the kernel": "it needs a notebook's kernel",
    "colab": "the package google is not installed here",
    "two imports in one": "the package no_such_package_at_all is not installed",
}


@pytest.mark.parametrize("habit", PASSED)
def test_what_was_passed_over_is_told_with_its_line(tmp_path, habit):
    submission = collected(tmp_path, f"habit: {habit}")
    told = " ".join(note.sentence for note in submission.notes)
    assert PASSED[habit] in told
    assert "line 1, was passed over" in told


@pytest.mark.parametrize("thing", odd.THINGS)
def test_what_a_pickle_would_change_is_served_as_it_is(tmp_path, thing):
    """A thing whose copy is as good as itself may travel, and all others must not."""
    submission = collected(tmp_path, f"thing: {thing}")
    assert ("greet" in submission.parcels) == (thing in odd.TRAVELS)


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
    found = compare.compare(*NOTEBOOKS[name], odd.FIRST)
    assert found == {caller: {"greet": 1.0} for caller in compare.CALLERS}
