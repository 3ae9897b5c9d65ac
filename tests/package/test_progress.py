"""progress(): a record of a learner's points that survives whatever happens to it."""

import importlib
import threading

import pytest

from buckets import course
from buckets.verdict import TestResult, Verdict, all_errors


@pytest.fixture
def book(tmp_path, monkeypatch):
    """The module, with a record of its own."""
    # By its full name: `buckets.progress` is the function that notebooks call.
    module = importlib.import_module("buckets.progress")
    monkeypatch.setattr(module, "_folder", lambda: tmp_path / ".buckets")
    return module


def result(points, task="serve_many"):
    return Verdict(task, 12, [TestResult("t", "t", max_points=points)])


def test_the_best_result_counts(book):
    for points in (3, 8, 5):
        book.record(result(points))
    assert book.read() == {"serve_many": 8}


def test_a_fault_of_the_grader_is_not_recorded(book):
    book.record(all_errors("serve_many", [TestResult("t", "t", max_points=12)], "full"))
    assert book.read() == {}


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"serve_many": "many"}', "\x00"])
def test_a_damaged_record_costs_the_record_and_nothing_else(book, damage):
    book.record(result(3))
    book._file().write_text(damage)
    assert book.read() == {}
    book.record(result(5))
    assert book.read() == {"serve_many": 5}


def test_many_kernels_may_check_at_once(book):
    tasks = [f"task_{number}" for number in range(20)]
    threads = [
        threading.Thread(target=book.record, args=(result(1, task),)) for task in tasks
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert book.read() == dict.fromkeys(tasks, 1)


def test_a_folder_that_cannot_be_written_to_costs_only_the_record(book, monkeypatch):
    monkeypatch.setattr(book, "_folder", lambda: book.Path("/proc/nowhere"))
    book.record(result(3))
    assert book.read() == {}


def test_every_task_of_the_course_is_shown(book):
    book.record(result(3))
    shown = book.progress()
    for topic in course.topics():
        for task in topic.tasks:
            assert task in repr(shown)
            assert task in shown._repr_html_()
    assert "3 of 12" in repr(shown)
