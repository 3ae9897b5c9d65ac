"""`check(serve_many)`: what the check cell of an exercise calls.

The object travels to a fresh process, the tests run in another one, and the kernel only
shows what came back. The cell ends in a plain number: that is how nbgrader gives
partial credit, and anything on stderr would cost all points.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from buckets import course
from buckets.expectations import close_name
from buckets.grading.engine import grade
from buckets.packing import submission_of
from buckets.progress import record
from buckets.report.html import render_html
from buckets.report.text import render_text
from buckets.verdict import TestResult, Verdict


def check(task: Any) -> float:
    """Grade one task with real clients, and show the report.

    Args:
        task: the function or class itself, as in check(serve_many).

    Returns:
        The points. A fault of the grader costs none.
    """
    problem = _misused(task)
    if problem:
        print(problem)
        return 0.0
    name = task.__name__
    topic = course.topic_of_task(name)
    if topic is None:
        print(_unknown(name))
        return 0.0
    screen, submission = Screen(), submission_of(task, name)
    # Hidden variants are an instructor's; a learner's check is the same everywhere.
    verdict = grade(
        topic,
        submission,
        task=name,
        hidden=False,
        on_result=Early(topic.tasks[name], screen).hear,
    )[0]
    record(verdict)
    screen.show(verdict)
    if verdict.first_failure:
        screen.replay(verdict.first_failure, submission.sources)
    return verdict.points


class Early:
    """Shows the first failure as soon as it is known, while other tests still run."""

    def __init__(self, max_points: float, screen: Screen):
        self.max_points = max_points
        self.screen = screen
        self.tests: list[TestResult] = []
        self.shown = False

    def hear(self, task: str, result: TestResult) -> None:
        """Take in one result."""
        self.tests.append(result)
        if result.status == "fail" and not self.shown:
            self.shown = True
            verdict = Verdict(task, self.max_points, list(self.tests)).settle()
            self.screen.show(replace(verdict, note="The other tests still run ..."))


def _misused(task: Any) -> str:
    """What to say to a call that cannot be meant, such as check(serve_many())."""
    if callable(task) and hasattr(task, "__name__"):
        return ""
    return (
        "check() takes the function itself, as in check(serve_many), and was given "
        f"{'None' if task is None else 'a ' + type(task).__name__}. "
        "Leave out the parentheses after its name."
    )


def _unknown(name: str) -> str:
    tasks = [task for topic in course.topics() for task in topic.tasks]
    meant = close_name(name, tasks)
    advice = f" Did you mean {meant}?" if meant else ""
    return (
        f"No exercise of this course asks for {name}.{advice} "
        "Keep the names that the exercises give."
    )


class Screen:
    """Where a report appears: one output of the cell, which a later report replaces."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, verdict: Verdict) -> None:
        """Show a report, in place of the one before."""
        text = render_text(verdict)
        if not _in_notebook():
            # A terminal cannot take back what it has shown: only the whole is printed.
            print(text if not verdict.note.endswith("...") else "", end="")
            return
        from IPython.display import DisplayHandle

        bundle = {"text/html": render_html(verdict), "text/plain": text}
        if self._handle is None:
            self._handle = DisplayHandle()
            self._handle.display(bundle, raw=True)
        else:
            self._handle.update(bundle, raw=True)

    def replay(self, failure: TestResult, sources: dict[str, str]) -> None:
        """Show the failed run below the report, stopped at the moment it failed."""
        if not _in_notebook():
            return
        from IPython.display import display

        from buckets.report.moment import replay_the_moment

        try:
            picture = replay_the_moment(failure, sources)
        except Exception as error:
            # A picture that cannot be drawn must not cost the points below it.
            print(f"(The replay cannot be drawn: {type(error).__name__}: {error})")
            return
        if picture:
            display(picture)


def _in_notebook() -> bool:
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return False
    return get_ipython() is not None
