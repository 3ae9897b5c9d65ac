"""Where one is, what is next, and what is told and shown at full marks."""

import argparse
import importlib
import shutil
import subprocess
import sys

import pytest

from buckets import course, solution
from buckets.commands import check as checking
from buckets.commands.check import Graded
from buckets.notebook import kept
from buckets.notebook.ahead import _told, at_full_marks, place
from buckets.notebook.progress import Points
from buckets.report.html import render_html
from buckets.report.text import render_text
from buckets.submission import Submission
from buckets.verdict import TestResult, Verdict

ALL = {
    task: Points(most, most)
    for topic in course.topics()
    for task, most in topic.tasks.items()
}


@pytest.fixture
def record(tmp_path, monkeypatch):
    """Remember a result, in a record of our own."""
    monkeypatch.setenv(kept.FOLDER, str(tmp_path / "record"))
    module = importlib.import_module("buckets.notebook.progress")
    return lambda task, points: module.record(verdict(task, points))


def verdict(task, points, **more):
    most = course.topic_of_task(task).tasks[task]
    tests = [TestResult("t", "it answers", max_points=points)]
    return Verdict(task, most, tests, **more)


def test_the_next_task_is_the_first_that_has_points_left():
    assert place({}).next == "Next: lesson 00_start_here, and then greet."
    assert not place({}).begun
    done = {task: ALL[task] for task in ("greet", "send_everything")}
    here = place(done)
    assert here.next == "Next: read_exactly, in exercise 01_one_bucket."
    assert (here.points, here.earned, here.begun) == (5, 4, True)
    assert place(ALL).next == "All of it is done." and place(ALL).topic is None
    short = ALL | {"serve_many": Points(3, 3)}
    assert place(short).next == "Next: serve_many, in exercise 05_select."


def test_what_is_next_is_looked_for_from_the_exercise_at_hand_on():
    loop = course.Topic("07_event_loop")
    assert place({}, loop).next == "Next: lesson 07_event_loop, and then Echo."
    done = {task: ALL[task] for task in loop.tasks}
    assert place(done, loop).next.startswith("Next: lesson 08_state_machine, and")
    last = course.topics()[-1]
    done = {task: ALL[task] for task in last.tasks}
    assert place(done, last).next == "Next: lesson 00_start_here, and then greet."


def test_the_command_says_what_is_next_from_the_exercise_that_it_checked(
    record, capsys, monkeypatch
):
    gold = course.Topic("14_gold")
    full = verdict("serve_in_pieces", 7)
    found = Graded(gold.exercise, gold, [], Submission(), [full])
    monkeypatch.setattr(checking, "graded", lambda *_: found)
    monkeypatch.setattr(Graded, "own", True)
    record("serve_in_pieces", 7)
    parser = argparse.ArgumentParser()
    checking.add_arguments(parser)
    assert checking.run(parser.parse_args(["14"])) == checking.FULL
    assert capsys.readouterr().out.endswith("Next: Wakeup, in exercise 14_gold.\n")


@pytest.mark.parametrize("strange", [float("nan"), -5, 1e9])
def test_a_strange_record_is_never_more_than_all_points(strange):
    assert 0 <= place({"greet": Points(strange, 0)}).points <= 1


def test_at_full_marks_it_is_told_what_is_rare_what_hurts_and_what_is_next(record):
    record("serve_many", 12)
    rare, hurts, points = at_full_marks("serve_many")
    assert rare.startswith("What it does that many do not: one thread serves every")
    assert hurts.endswith("Lesson 06 cures that.")
    whole = sum(course.Topic("05_select").tasks.values())
    assert points.startswith(f"05_select: 12 of {whole:g} points. The course: 12 of ")
    assert points.endswith("Next: three_guests, in exercise 05_select.")
    told = verdict("serve_many", 12, ahead=[rare, hurts, points])
    for shown in (render_text(told), render_html(told)):
        assert "What will hurt next" in shown
    assert "ahead" not in told.document()


def test_a_helper_is_told_its_points_alone(record):
    record("pour", 4)
    [points] = at_full_marks("pour")
    assert points.startswith("06_back_bucket: 4 of 28 points.")


def test_who_is_told_of_is_a_task_and_each_exercise_of_the_course_has_one():
    assert set(_told()) <= set(ALL)
    topics = {course.topic_of_task(task).name for task in _told()}
    assert topics == {topic.name for topic in course.topics()} - {"00_start_here"}


# solution() ---------------------------------------------------------------------------


def serve_many(listener):
    """Mine."""


def test_the_solution_is_shown_at_full_marks_and_not_before(record):
    record("serve_many", 9)
    assert "at full marks. You have 9 of 12 so far" in repr(solution("serve_many"))
    record("serve_many", 12)
    shown = solution(serve_many)
    titles = [answer.title for answer in shown.answers]
    assert titles[:2] == ["Yours", "The course's own"] and len(titles) == 4
    assert '"""Mine."""' in shown.answers[0].code
    assert "unfinished = {}" in shown.answers[1].code
    assert "SOLUTION" not in repr(shown)
    assert shown._repr_html_().count("<pre") == 4


def test_where_there_are_no_solutions_that_is_said_and_a_folder_may_be_named(
    record, tmp_path, monkeypatch
):
    record("greet", 1)
    real = course.Topic("00_start_here").solution
    monkeypatch.setattr(
        course.Topic, "solution", property(lambda self: tmp_path / "none.ipynb")
    )
    assert "no solutions in this copy of the course" in repr(solution("greet"))
    (tmp_path / "00_start_here").mkdir()
    shutil.copy(real, tmp_path / "00_start_here")
    assert "def greet(" in repr(solution("greet", tmp_path))


@pytest.mark.parametrize("strange", ["serve_mani", None, 3])
def test_what_is_no_task_is_told_so(record, strange):
    assert "No exercise of this course asks for" in repr(solution(strange))


# The command alone, and by number -----------------------------------------------------


def test_the_command_alone_says_where_one_is(tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", "buckets"],
        capture_output=True,
        text=True,
        env={"PATH": "", kept.FOLDER: str(tmp_path)},
        cwd=course.root(),
    )
    assert run.returncode == 0 and run.stderr == ""
    assert "The Aisle of Buckets: 0 of " in run.stdout
    assert "Next: lesson 00_start_here, and then greet." in run.stdout
    assert "buckets check 00, or buckets watch 00" in run.stdout


@pytest.mark.parametrize("name", ["05_select", "05", "5", "select"])
def test_an_exercise_goes_by_its_number_too(name):
    assert course.called(name) == course.Topic("05_select")


@pytest.mark.parametrize("name", ["", "55", "_", "5_select", "../05_select"])
def test_nothing_else_is_an_exercise(name):
    assert course.called(name) is None
