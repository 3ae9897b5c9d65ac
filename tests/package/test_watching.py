"""buckets watch: an exercise is checked when it is saved, with one key for the rest."""

import io
import os
import sys

import nbformat
import pytest

from buckets import course
from buckets.notebook import kept
from buckets.verdict import TestResult, Verdict
from buckets.watching import watch
from buckets.watching.terminal_input import Keys
from buckets.watching.watch import Checked, Watcher

TOPIC = course.Topic("00_start_here")


class Pressed:
    """Keys that are pressed one after the other, with something done before each."""

    def __init__(self, *steps):
        self._steps = iter([*steps, "q"])

    def wait(self, seconds):
        step = next(self._steps)
        return step if isinstance(step, str) else step() or ""


@pytest.fixture
def seen(tmp_path, monkeypatch):
    """A function that watches, and returns what was checked."""
    monkeypatch.setenv(kept.FOLDER, str(tmp_path / "record"))
    path = tmp_path / "00_start_here.ipynb"
    path.write_bytes(TOPIC.exercise.read_bytes())
    monkeypatch.setattr(course.Topic, "exercise", property(lambda self: path))
    checked = []

    def check(file):
        course.read_notebook(file)
        checked.append(file)
        points = 0.0 if len(checked) == 1 else 1.0
        test = TestResult("t", "it answers", max_points=1.0)
        test.status = "pass" if points else "fail"
        return Checked([Verdict("greet", 1.0, [test])])

    def watched(*steps):
        assert Watcher(TOPIC, check).go(Pressed(*steps)) == 0
        return checked

    watched.path = path
    return watched


def save(path, code=None):
    """Save the notebook as an editor does, and with another cell if one is given."""

    def do():
        notebook = nbformat.read(path, as_version=4)
        notebook.metadata["saved"] = notebook.metadata.get("saved", 0) + 1
        if code:
            notebook.cells.append(nbformat.v4.new_code_cell(code))
        nbformat.write(notebook, path)

    return do


def test_it_checks_when_code_was_saved_and_not_for_a_save_by_itself(seen, capsys):
    path = seen.path
    assert seen("", save(path), "") == []
    assert len(seen(save(path, "x = 1"), "", save(path), save(path, "x = 2"))) == 2
    told = capsys.readouterr().out
    assert "0 of 1 point." in told and "✗  1  it answers" in told
    assert "1 of 1 point. Next: lesson 00_start_here" in told


def test_a_half_saved_file_is_told_and_the_watch_goes_on(seen, capsys):
    whole = seen.path.read_bytes()
    half = lambda: seen.path.write_bytes(whole[:100]) and None  # noqa: E731
    back = lambda: seen.path.write_bytes(whole) and None  # noqa: E731
    assert len(seen(half, back, "")) == 1
    assert "no whole notebook" in capsys.readouterr().out


@pytest.mark.parametrize(
    "keys, told",
    [
        ("?", watch.KEYS),
        ("r", "There is no replay: nothing has failed"),
        ("x", "Press x once more"),
        ("c", "0 of 1 point."),
        ("ch", "✗  1  it answers"),
        ("n", "Watching"),
    ],
)
def test_each_key_does_one_thing(seen, capsys, keys, told):
    seen(*keys)
    assert told in capsys.readouterr().out


def test_to_begin_anew_takes_two_keys_in_a_row(seen, monkeypatch):
    begun = []
    monkeypatch.setattr(watch, "reset", lambda topic: begun.append(topic) or "old")
    seen("x", "h", "x")
    assert begun == []
    seen("x", "x")
    assert begun == [TOPIC]


def test_keys_come_from_a_pipe_too_and_its_end_presses_none(monkeypatch):
    readable, writable = os.pipe()
    with os.fdopen(readable) as end:
        monkeypatch.setattr(sys, "stdin", end)
        os.write(writable, b"H\n")
        with Keys() as keys:
            assert [keys.wait(0.01) for _ in range(3)] == ["h", "", ""]
            os.close(writable)
            assert [keys.wait(0.01) for _ in range(2)] == ["", ""]


def test_without_any_input_it_watches_on(monkeypatch):
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdin", closed)
    with Keys() as keys:
        assert keys.wait(0.01) == ""
