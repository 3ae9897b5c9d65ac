"""A long task is climbed in steps: each has a check, and points that count at once."""

import ast

import pytest
import servers

from buckets import course
from buckets.grading import engine
from buckets.notebook import check as checking
from buckets.report.html import render_html
from buckets.report.text import render_text
from buckets.verdict import TestResult, Verdict

TOPICS = course.topics()
LOOP = course.called("07")


def steps(topic):
    """By task: the steps of its tests, in the order of the tests."""
    found = {}
    for each in topic.behaviours:
        found.setdefault(each.task, []).append(each.step)
    return {task: told for task, told in found.items() if any(n for n, _ in told)}


def test_the_loop_has_steps_and_they_have_all_its_points():
    assert list(steps(LOOP)) == ["EventLoop"]
    assert engine.worth(LOOP, "EventLoop", 6) == LOOP.tasks["EventLoop"]
    each = [engine.worth(LOOP, "EventLoop", number) for number in range(1, 7)]
    assert each == sorted(set(each))


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_steps_go_up_one_by_one_and_need_no_later_one(topic):
    for task, told in steps(topic).items():
        numbers = [number for number, _ in told]
        assert numbers == sorted(numbers)
        assert set(numbers) == set(range(1, topic.steps(task) + 1))
        assert len(set(told)) == topic.steps(task), "one title for each step"
        known = {one.name: one.step for one in topic.behaviours}
        for one in topic.behaviours:
            assert all(known[name] <= one.step for name in one.needs)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_each_step_has_a_check_above_the_last_and_tells_its_points(topic):
    cells = course.read_notebook(topic.exercise)["cells"]
    asked = [call for cell in cells for call in _asks(course.text_of(cell))]
    text = "\n".join(map(course.text_of, cells))
    for task, told in steps(topic).items():
        last = topic.steps(task)
        assert [step for name, step in asked if name == task] == [
            *range(1, last),
            None,
        ]
        for number, title in dict(told).items():
            before = engine.worth(topic, task, number - 1) if number > 1 else 0
            points = engine.worth(topic, task, number) - before
            plural = "s" * (points != 1)
            assert f"**Step {number}: {title} ({points:g} point{plural}).**" in text


def _asks(text):
    """Which task a cell checks, and up to which step."""
    if not text.startswith("check("):
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            step = [word.value.value for word in node.keywords if word.arg == "step"]
            yield node.args[0].id, next(iter(step), None)


class Kept:
    """What check() would show and keep, in a place of the test's own."""

    def __init__(self, monkeypatch):
        self.points = {}
        monkeypatch.setattr(checking, "record", self._record)
        monkeypatch.setattr(checking, "points_of", lambda name: self.best(name))

    def best(self, name):
        return self.points.get(name, 0)

    def _record(self, verdict):
        self.points[verdict.task] = verdict.points


@pytest.fixture
def first_step():
    names = {"__name__": "__main__"}
    exec(servers.ONE_STEP, names)
    return names["EventLoop"]


def test_a_step_is_checked_alone_and_its_points_count_at_once(
    first_step, monkeypatch, capsys
):
    kept = Kept(monkeypatch)
    assert checking.check(first_step, step=1) == 1
    assert kept.points == {"EventLoop": 1}
    told = capsys.readouterr().out
    assert "1 of 1 point" in told
    assert "Step 1: a newcomer, and what they say (1 of 1 point)" in told
    assert "Step 2" not in told and "handed in" not in told


def test_a_step_below_what_is_known_takes_nothing_away(first_step, monkeypatch):
    kept = Kept(monkeypatch)
    kept.points["EventLoop"] = 14
    assert checking.check(first_step, step=1, show=False) == 1
    assert kept.points == {"EventLoop": 14}


@pytest.mark.parametrize("step", [7, -1, "2", 1.5, None])
def test_a_step_that_there_is_not_is_told_kindly(step, first_step, capsys):
    assert checking.check(first_step, step=step) == 0
    told = capsys.readouterr().out
    assert "There is no step" in told and "1 to 6" in told


def test_a_task_without_steps_says_so(capsys):
    def echo(listener):
        pass

    assert checking.check(echo, step=1) == 0
    assert "echo has no steps" in capsys.readouterr().out


def test_the_report_has_a_heading_where_a_step_begins():
    tests = [
        TestResult("a", "it comes", "pass", 1, 1, step="1: come"),
        TestResult("b", "it goes", "fail", 0, 2, step="2: go"),
        TestResult("c", "it stays", "pass", 1, 1, step="2: go"),
    ]
    verdict = Verdict("EventLoop", 4, tests)
    for told in (render_text(verdict), render_html(verdict)):
        assert told.count("Step 1: come (1 of 1 point)") == 1
        assert told.count("Step 2: go (1 of 3 points)") == 1
