"""progress(): a record of a learner's points that survives whatever happens to it."""

import importlib
import shutil
import subprocess
import sys
import threading

import pytest

from buckets import course
from buckets.commands import check as command
from buckets.notebook import kept
from buckets.verdict import TestResult, Verdict, all_errors


@pytest.fixture
def book(tmp_path, monkeypatch):
    """The module, with a record of its own."""
    # By its full name: `buckets.notebook.progress` is the function that notebooks call.
    module = importlib.import_module("buckets.notebook.progress")
    monkeypatch.setenv(kept.FOLDER, str(tmp_path / "record"))
    return module


def result(points, task="serve_many"):
    return Verdict(task, 12, [TestResult("t", "t", max_points=points)])


def test_the_best_result_counts(book):
    for points in (3, 8, 5):
        book.record(result(points))
    assert book.read() == {"serve_many": book.Points(8, 5, checks=3, since=1)}
    assert "8 of 12, last time 5" in repr(book.progress())
    assert "8 of 12, last time 5" in book.progress()._repr_html_()


def test_a_fault_of_the_grader_is_not_recorded(book):
    book.record(all_errors("serve_many", [TestResult("t", "t", max_points=12)], "full"))
    assert book.read() == {}


@pytest.mark.parametrize(
    "damage",
    [
        *("", "{", "[]", "\x00", '{"serve_many": "many"}', '{"serve_many": {}}'),
        '{"serve_many": {"best": [], "last": 1}}',
    ],
)
def test_a_damaged_record_costs_the_record_and_nothing_else(book, damage):
    book.record(result(3))
    (kept.folder() / book.FILE).write_text(damage)
    assert book.read() == {}
    book.record(result(5))
    assert book.read() == {"serve_many": book.Points(5, 5, checks=1)}


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-3", "1e99"])
def test_a_strange_number_is_never_more_than_all_points(book, number):
    book.record(result(3))
    (kept.folder() / book.FILE).write_text(
        f'{{"serve_many": {{"best": {number}, "last": 0}}}}'
    )
    [row] = [row for row in book.progress().rows if row.task == "serve_many"]
    assert 0 <= row.points <= row.most


def test_many_kernels_may_check_at_once(book):
    tasks = [f"task_{number}" for number in range(20)]
    threads = [
        threading.Thread(target=book.record, args=(result(1, task),)) for task in tasks
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert book.read() == dict.fromkeys(tasks, book.Points(1, 1, checks=1))


def test_many_processes_may_check_at_once(book):
    code = (
        "import sys; from buckets import course, progress; "
        "from importlib import import_module; "
        "record = import_module('buckets.notebook.progress').record; "
        "from buckets.verdict import TestResult, Verdict; "
        "[record(Verdict(f'{sys.argv[1]}_{n}', 1, [TestResult('t', 't', "
        "max_points=1)])) for n in range(20)]"
    )
    runs = [
        subprocess.Popen([sys.executable, "-c", code, name]) for name in ("a", "b", "c")
    ]
    assert [run.wait(timeout=60) for run in runs] == [0, 0, 0]
    assert len(book.read()) == 60


def test_a_folder_that_cannot_be_written_to_costs_only_the_record(book, monkeypatch):
    monkeypatch.setenv(kept.FOLDER, "/proc/nowhere")
    book.record(result(3))
    assert book.read() == {}


def test_every_task_of_the_course_is_shown(book):
    book.record(result(3))
    shown = book.progress()
    assert "0 of 5, not checked yet" in repr(shown)
    for topic in course.topics():
        for task in topic.tasks:
            assert task in repr(shown)
            assert task in shown._repr_html_()
    assert "3 of 12" in repr(shown)


@pytest.mark.parametrize(("where", "counts"), [("exercises", 1), ("downloads", 0)])
def test_what_somebody_else_wrote_is_no_progress(where, counts, tmp_path, monkeypatch):
    """`buckets check` of a notebook that lies elsewhere leaves the record alone."""
    path = tmp_path / where / "00_start_here" / "00_start_here.ipynb"
    path.parent.mkdir(parents=True)
    shutil.copy(course.called("00").exercise, path)
    kept = []
    monkeypatch.setattr(course, "home", lambda: tmp_path)
    monkeypatch.setattr(command, "grade", lambda *_, **__: [Verdict("greet", 1)])
    monkeypatch.setattr(command, "record", kept.append)
    assert command.graded(path).own == bool(counts)
    assert len(kept) == counts
