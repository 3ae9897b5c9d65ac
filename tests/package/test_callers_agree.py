"""Whatever became of a notebook's cells: `buckets check` and the class run the same
lines, ask for the tasks at the same places, and say the same of it.
"""

import copy
import json

import pytest

from buckets import course, release
from buckets.__main__ import main
from buckets.classroom import handed_in
from buckets.grading.collect import collect_script
from buckets.notebook.beside import beside

SEVEN = course.Topic("07_event_loop")
TWO = course.Topic("02_the_queue")


def named(cell):
    return cell.get("id", "")


def without(*names):
    return lambda cells: [cell for cell in cells if named(cell) not in names]


def as_text(*names, marks=True):
    def change(cells):
        for cell in cells:
            if named(cell) in names:
                cell["cell_type"] = "markdown"
                cell["metadata"] = cell["metadata"] if marks else {}
                cell.pop("outputs", None)
                cell.pop("execution_count", None)
        return cells

    return change


def last_first(cells):
    return cells[::-1]


def code_below_text(cells):
    return sorted(cells, key=lambda cell: cell["cell_type"] == "code")


def without_ids(cells):
    return [{k: v for k, v in cell.items() if k != "id"} for cell in cells]


def all_called_the_same(cells):
    return [{**cell, "id": "cell"} for cell in cells]


def twice(cells):
    return [*cells, *copy.deepcopy(cells)]


def raw(cells):
    return [
        {**cell, "cell_type": "raw"} if named(cell) == "EventLoop" else cell
        for cell in cells
    ]


# What was done to the cells, and what is said of it.
CHANGES = {
    "as it was": (lambda cells: cells, ""),
    "given cells deleted": (
        without("handler", "numbers", "high", "imports"),
        "The cell handler was missing. It was put back.",
    ),
    "check cells deleted": (
        without("check_Echo", "check_EventLoop", "check_echo", "check_broadcast"),
        "The cell check_Echo was missing. It was put back.",
    ),
    "an answer made text": (
        as_text("EventLoop"),
        "The cell EventLoop was no code cell any more.",
    ),
    "answers made text, and their marks lost": (
        as_text("EventLoop", "echo_handler", marks=False),
        "The cell that defines EventLoop was no code cell any more.",
    ),
    "all made text": (
        as_text("imports", "handler", "echo_handler", "numbers", "EventLoop", "echo"),
        "The cell EventLoop was no code cell any more.",
    ),
    "an answer made raw": (raw, "The cell EventLoop was no code cell any more."),
    "last cell first": (last_first, ""),
    "code below all text": (code_below_text, ""),
    "no ids": (without_ids, ""),
    "all ids the same": (all_called_the_same, ""),
    "all of it twice": (twice, ""),
    "nothing left": (lambda cells: [], "The cell handler was missing."),
}


def changed(how, topic=SEVEN):
    notebook = copy.deepcopy(course.read_notebook(topic.solution))
    return {**notebook, "cells": how(notebook["cells"])}


def by_the_class(folder, notebook, topic):
    path = folder / f"{topic.name}.ipynb"
    path.write_text(json.dumps(notebook))
    given = release.of(topic)
    whole = handed_in.read(path, topic)
    notes = handed_in.rebuild(whole, handed_in.masters_of(given))
    return course.script(topic, whole, given.opening), notes


@pytest.mark.parametrize("change", CHANGES)
def test_both_run_the_same_and_say_the_same(tmp_path, change):
    how, said = CHANGES[change]
    notebook = changed(how)
    in_class, notes = by_the_class(tmp_path, notebook, SEVEN)
    in_terminal, told = handed_in.as_graded(SEVEN, notebook)
    assert told == notes
    assert any(said in note for note in notes) or not said, notes
    assert [one["source"] for one in in_terminal.cells] == [
        one["source"] for one in in_class.cells
    ]
    assert in_terminal.above == in_class.above


@pytest.mark.parametrize("change", ["given cells deleted", "all made text", "no ids"])
def test_no_task_is_lost(tmp_path, change):
    script, _ = by_the_class(tmp_path, changed(CHANGES[change][0]), SEVEN)
    submission = collect_script(script, SEVEN)
    assert not submission.problems
    assert all(submission.has(task) for task in SEVEN.tasks)


NEWER = "type Line = bytes\n\n\ndef serve_in_turn(listener):\n    pass"


@pytest.mark.skipif("sys.version_info >= (3, 12)", reason="it is no news there")
def test_syntax_that_is_newer_than_the_graders_is_named_by_both(tmp_path):
    notebook = changed(lambda cells: cells, TWO)
    for cell in notebook["cells"]:
        if named(cell) == "serve_in_turn":
            cell["source"] = NEWER
    scripts = (
        by_the_class(tmp_path, notebook, TWO)[0],
        handed_in.as_graded(TWO, notebook)[0],
    )
    first, second = (collect_script(script, TWO).problems[0] for script in scripts)
    assert first.error == second.error
    assert "3.12" in first.error


def test_a_notebook_of_another_topic_is_recognised_by_both(tmp_path, capsys):
    path = tmp_path / "02_the_queue.ipynb"
    first = course.Topic("00_start_here")
    path.write_text(json.dumps(changed(lambda cells: cells, first)))
    with pytest.raises(course.NotOfThisCourse, match="this is 00_start_here"):
        handed_in.read(path, TWO)
    assert main(["check", str(path)]) == 0
    told = capsys.readouterr().out
    assert "holds another exercise: this is 00_start_here" in told
    assert "00_start_here: 1 of 1 point" in told


# A module of the learner's own is there in a check, and not in a class.
IMPORTS = {
    "from helpers import greet": "helpers",
    "if True:\n    import parts.greeting": "parts",
    "import buckets": "",
    "import select\n# helpers": "",
    "%%writefile helpers.py\nx = 1\n#%%\nimport helpers": "",
}


@pytest.mark.parametrize("text", IMPORTS)
def test_who_imports_from_beside_the_notebook_is_told(tmp_path, text):
    (tmp_path / "helpers.py").touch()
    for package in ("parts", "buckets"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    said = beside(text.split("\n#%%\n"), tmp_path)
    named = f"The module {IMPORTS[text]} lies beside the notebook"
    assert said.startswith(named) if IMPORTS[text] else not said


def test_the_command_says_so_too(tmp_path, capsys):
    notebook = changed(lambda cells: cells, course.Topic("00_start_here"))
    for cell in notebook["cells"]:
        if named(cell) == "greet":
            cell["source"] = "from helpers import greet"
    (tmp_path / "helpers.py").write_text("def greet(listener):\n    pass\n")
    path = tmp_path / "00_start_here.ipynb"
    path.write_text(json.dumps(notebook))
    main(["check", str(path)])
    assert "The module helpers lies beside the notebook" in capsys.readouterr().out
