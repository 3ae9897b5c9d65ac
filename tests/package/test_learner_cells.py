"""An export of what learners wrote themselves, for tools that compare programs."""

import ast
import sys
from pathlib import Path

import nbformat
import pytest
import small_course
from nbformat.v4 import new_code_cell
from small_course import GIVEN, TOPIC, clean, notebook, submit

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import learner_cells

STUB = """
    def {}(listener):
        # Your code goes here, in place of the next line.
        raise NotImplementedError("this is not written yet")
"""
AS_GIVEN = {"answer_shout": STUB.format("shout"), "answer_greet": STUB.format("greet")}


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A small course with an exercise; the commands below take it for theirs."""
    small_course.make(tmp_path)
    path = tmp_path / "exercises" / TOPIC / f"{TOPIC}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook(AS_GIVEN), path)
    monkeypatch.setenv("BUCKETS_COURSE", str(tmp_path))
    learner_cells.course.root.cache_clear()
    yield tmp_path
    learner_cells.course.root.cache_clear()


def exported(root, folder=None):
    """The exit status, and the text of each learner's file."""
    status = learner_cells.main([TOPIC, *([str(folder)] if folder else [])])
    found = (folder or root / "grading" / "cells") / TOPIC / "submitted"
    return status, {p.parent.name: p.read_text() for p in found.glob("*/*.py")}


def test_what_was_given_is_left_out_and_what_was_written_stays(root):
    submit(root, "amara")
    status, files = exported(root)
    assert status == 0
    text = files["amara"]
    assert "def shout" in text and "welcome" in text
    assert "def capitals" not in text and "import" not in text and "check" not in text
    ast.parse(text)


def test_a_given_statement_stays_given_in_another_dress(root):
    """Moved into a cell of one's own, spaced anew, with a comment: nobody's own."""
    moved = notebook()
    text = clean(GIVEN).replace("(data)", "( data )").replace(":", ":  # mine?")
    moved.cells.append(new_code_cell(text + "\nmine = 1"))
    submit(root, "bjorn", moved)
    _, files = exported(root)
    assert "capitals(conn" in files["bjorn"] and "def cap" not in files["bjorn"]
    assert files["bjorn"].endswith("mine = 1\n")


def test_a_given_function_that_was_changed_is_ones_own(root):
    changed = clean(GIVEN).replace("upper", "lower")
    submit(root, "chen", notebook({"given": changed}))
    _, files = exported(root)
    assert "data.lower()" in files["chen"]


def test_a_cell_that_python_cannot_read_is_kept_as_comments(root):
    broken = notebook({"answer_greet": "def greet(listener:\n    pass"})
    broken.cells.append(new_code_cell("%matplotlib inline\nseen = 2"))
    submit(root, "dalia", broken)
    _, files = exported(root)
    assert "# def greet(listener:" in files["dalia"]
    assert "# %matplotlib inline\nseen = 2" in files["dalia"]
    ast.parse(files["dalia"])


def test_whoever_cannot_be_read_costs_their_own_file_only(root, capsys):
    submit(root, "amara")
    submit(root, "emeka", b'{"cells": [')
    submit(root, "farid", notebook(AS_GIVEN))
    _, files = exported(root)
    assert set(files) == {"amara"}
    told = capsys.readouterr().out
    assert "emeka: 01_tiny.ipynb is no whole notebook" in told
    assert "farid: nothing was written beside what was given" in told


def test_the_given_code_lies_beside_them_and_parses(root, tmp_path):
    submit(root, "amara")
    exported(root, tmp_path / "elsewhere")
    given = tmp_path / "elsewhere" / TOPIC / "given" / f"{TOPIC}.py"
    assert "def capitals" in given.read_text() and "NotImplemented" in given.read_text()
    ast.parse(given.read_text())


def test_who_has_handed_in_nothing_any_more_is_not_kept(root):
    gone = submit(root, "amara")
    submit(root, "bjorn")
    assert set(exported(root)[1]) == {"amara", "bjorn"}
    gone.unlink()
    assert set(exported(root)[1]) == {"bjorn"}


def test_an_empty_class_is_told_by_the_exit_status(root):
    assert exported(root)[0] == 1
