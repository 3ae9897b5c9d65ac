"""The command `buckets`, as its users call it."""

import json
import os
import subprocess
import sys

import nbformat
import pytest

from buckets import course

TOPIC = course.Topic("00_start_here")
COMMANDS = ["check", "watch", "progress", "scoreboard", "book", "demo", "grade", "kit"]


def buckets(*words, cwd=None):
    return subprocess.run(
        [sys.executable, "-m", "buckets", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=cwd,
    )


@pytest.fixture
def handed_in(tmp_path):
    """A function that writes an exercise whose task is the given source."""
    path = tmp_path / "00_start_here.ipynb"

    def write(source, change=lambda notebook: None):
        notebook = nbformat.read(TOPIC.solution, as_version=4)
        [check] = [n for n, c in enumerate(notebook.cells) if c.id == "check_greet"]
        notebook.cells.insert(check, nbformat.v4.new_code_cell(source))
        change(notebook)
        nbformat.write(notebook, path)
        return path

    return write


GOOD = """
def greet(listener):
    connection, _ = listener.accept()
    connection.sendall(b"hello\\n")
    connection.close()
"""
SILENT = "def greet(listener): listener.accept()"
# What it does has a name, and so hints.
STAYS = """
def greet(listener):
    connection, address = listener.accept()
    connection.sendall(b"hello\\n")
    connection.recv(1)
"""


def test_help_fits_a_screen_and_names_every_command():
    run = buckets("--help")
    assert run.returncode == 0
    assert len(run.stdout.splitlines()) <= 24
    for command in COMMANDS:
        assert f"\n  {command} " in run.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_of_its_own(command):
    run = buckets(command, "--help")
    assert run.returncode == 0
    assert run.stdout.startswith(f"usage: buckets {command}")


def test_an_unknown_command_is_named():
    run = buckets("cheque")
    assert run.returncode == 2
    assert "no command 'cheque'" in run.stderr


def test_who_reads_along_may_have_had_enough():
    """As in `buckets progress | head`: no traceback, and the shell's own status."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "buckets", "progress"]
    with open(writing, "wb") as closed:
        done = subprocess.run(
            command, stdout=closed, stderr=subprocess.PIPE, text=True, timeout=120
        )
    assert (done.returncode, done.stderr) == (141, "")


def test_full_marks_are_exit_0(handed_in):
    run = buckets("check", handed_in(GOOD))
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.endswith("00_start_here: 1 of 1 point\n")
    assert run.stderr == ""


def test_fewer_are_exit_1_with_the_report_and_hints_to_ask_for(handed_in):
    path = handed_in(STAYS)
    few, many = buckets("check", path), buckets("check", path, "--hints", "3")
    assert few.returncode == many.returncode == 1
    assert "✗  visitor" in few.stdout
    assert "More hints" in few.stdout
    assert "/tmp" not in few.stdout


def test_json_is_one_document_for_each_task(handed_in):
    run = buckets("check", handed_in(SILENT), "--json")
    [document] = json.loads(run.stdout)
    assert document["version"] == 1
    assert (document["task"], document["points"]) == ("greet", 0)
    assert [test["status"] for test in document["tests"]] == ["fail"]


def test_a_bundle_holds_the_answer_the_verdict_and_the_run_and_nothing_else(handed_in):
    def with_more(notebook):
        notebook.metadata["author"] = "Rumpelstilzchen"
        mine = nbformat.v4.new_code_cell("password = 'Rapunzel'")
        notes = nbformat.v4.new_markdown_cell("My notes on Rapunzel.")
        notebook.cells[:0] = [mine, notes]

    path = handed_in(STAYS, with_more)
    run = buckets("check", path, "--bundle", cwd=path.parent)
    assert run.returncode == 1, run.stderr
    text = (path.parent / "bundle_00_start_here_greet.json").read_text("utf-8")
    told = json.loads(text)
    assert set(told) == {"bundle", "topic", "task", "cell", "verdict"}
    assert told["cell"] == STAYS and told["task"] == "greet"
    [test] = told["verdict"]["tests"]
    assert test["status"] == "fail" and test["trace"]
    for private in (
        "Rumpelstilzchen",
        "Rapunzel",
        str(path.parent),
        str(course.root()),
    ):
        assert private not in text


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        ("", "no whole notebook"),
        ('{"cells": [', "no whole notebook"),
        ("[]", "no notebook"),
        ('{"cells": 3}', "no notebook"),
        ('{"cells": []}', "no exercise of this course"),
    ],
)
def test_what_is_no_notebook_of_the_course_is_exit_2(tmp_path, content, answer):
    path = tmp_path / "holiday.ipynb"
    path.write_text(content)
    run = buckets("check", path)
    assert run.returncode == 2
    assert answer in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    ("name", "says", "never"),
    [
        ("README.md", "README.md is no notebook. Give the name of an exercise", "JSON"),
        ("05_select.ipynb", "`buckets reset 05_select` gives you a fresh one", "Open"),
        ("my work.ipynb", "open it as text, and copy it. `buckets reset NAME`", "Open"),
        ("WORK.IPYNB", "WORK.IPYNB is no whole notebook", "which ends in"),
    ],
)
def test_the_advice_for_what_is_no_notebook_can_be_followed(
    tmp_path, name, says, never
):
    (tmp_path / name).write_text("# Buckets")
    with pytest.raises(course.NotOfThisCourse) as refused:
        course.read_notebook(tmp_path / name)
    assert says in str(refused.value) and never not in str(refused.value)


def test_a_file_that_is_not_there_is_exit_2(tmp_path):
    run = buckets("check", tmp_path / "00_start_here.ipynb")
    assert run.returncode == 2
    assert "cannot be read: No such file" in run.stderr


def test_an_unknown_task_is_named(handed_in):
    run = buckets("check", handed_in(GOOD), "--task", "great")
    assert run.returncode == 2
    assert "it has greet" in run.stderr


# What learners do to notebooks -----------------------------------------------


def test_a_cell_that_raises_is_shown_and_costs_only_itself(handed_in):
    path = handed_in(
        GOOD, lambda notebook: notebook.cells.append(nbformat.v4.new_code_cell("1 / 0"))
    )
    run = buckets("check", path)
    assert run.returncode == 0
    assert "ZeroDivisionError" in run.stdout


def test_a_cell_that_ends_the_process_costs_only_itself(handed_in):
    bad = "import os; os._exit(1)"
    run = buckets(
        "check",
        handed_in(
            GOOD,
            lambda notebook: notebook.cells.insert(0, nbformat.v4.new_code_cell(bad)),
        ),
    )
    assert run.returncode == 0
    assert "ended the notebook" in run.stdout


def test_a_function_that_is_missing_is_said(handed_in):
    run = buckets("check", handed_in("del greet"))
    assert run.returncode == 1
    assert "There is no greet" in " ".join(run.stdout.split())


def is_check(cell):
    return course.is_check(cell)


def delete_checks(notebook):
    notebook.cells = [cell for cell in notebook.cells if not is_check(cell)]


def double_checks(notebook):
    for cell in filter(is_check, list(notebook.cells)):
        notebook.cells.append(nbformat.from_dict({**cell, "id": "again"}))


def raise_points(notebook):
    for cell in notebook.cells:
        if is_check(cell):
            cell.metadata.nbgrader.points = 100


def skip_everything(notebook):
    for cell in notebook.cells:
        cell.metadata.tags = ["skip-execution"]


def answer_for_the_grader(notebook):
    for cell in notebook.cells:
        if is_check(cell):
            cell.source = "1.0"


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (delete_checks, "0 of 1 check cells are left."),
        (double_checks, "the check cell check_greet is there 2 times."),
        (raise_points, "the check cells speak of 100 points. The exercise is worth 1."),
        (skip_everything, "cells are tagged skip-execution."),
        (answer_for_the_grader, ""),
    ],
)
@pytest.mark.parametrize(("source", "points"), [(GOOD, 1), (SILENT, 0)])
def test_tampered_check_cells_change_nothing(handed_in, change, note, source, points):
    run = buckets("check", handed_in(source, change))
    assert f"00_start_here: {points} of 1 point\n" in run.stdout
    assert note in run.stdout
