"""`check(serve_many)`: what the check cell of an exercise calls.

The object travels to a fresh process, the tests run in another one, and the kernel only
shows what came back. The cell ends in a plain number: that is how nbgrader gives
partial credit, and anything on stderr would cost all points.
"""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from buckets import course
from buckets.cells import shell
from buckets.driving.unmet import close_name
from buckets.grading.engine import could_not_run, grade, worth
from buckets.notebook.ahead import at_full_marks
from buckets.notebook.beside import beside_here
from buckets.notebook.mending import lines_changed
from buckets.notebook.nobody import answer_for_nobody
from buckets.notebook.own_cells import made_anew
from buckets.notebook.packing import submission_of
from buckets.notebook.progress import points_of, record
from buckets.report.html import render_html
from buckets.report.text import print_report, render_text
from buckets.submission import Submission
from buckets.verdict import TestResult, Verdict

RUNNING = "The other tests still run ..."
STOPPED = "You stopped the check. What it had started is gone; nothing was recorded."


# With the first cell, in which notebooks import check.
answer_for_nobody()


class Stopped(KeyboardInterrupt):
    """The learner interrupted a check. Shown as one line, without our frames."""

    def _render_traceback_(self) -> list[str]:
        return ["KeyboardInterrupt: the check was stopped."]


def check(task: Any, *, step: int = 0, show: bool = True) -> float:
    """Grade one task with real clients, and show the report.

    Args:
        task: the function or class itself, as in check(serve_many).
        step: the last step to check, where a task has steps: check(EventLoop, step=2)
            checks steps 1 and 2. By default, all of it.
        show: False to be silent but for the points.

    Returns:
        The points. A fault of the grader costs none.

    Raises:
        KeyboardInterrupt: the learner interrupted the kernel. All is tidied up.
    """
    screen = Screen(show)
    try:
        name = _name_of(task, _names_around(sys._getframe(1).f_globals))
        problem = _misused(task, name) or _no_such_step(name, step)
        if problem:
            screen.say(problem)
            return 0.0
        return _checked(task, name, step, screen)
    except KeyboardInterrupt:
        screen.stopped()
        raise Stopped from None
    except Exception as error:
        # Nothing of ours may look like a fault of the learner's code.
        screen.say(_our_fault(error))
        return 0.0


def _checked(task: Any, name: str, step: int, screen: Screen) -> float:
    topic = course.topic_of_task(name)
    assert topic
    try:
        verdict, sources = _graded(topic, task, name, step, screen)
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        verdict, sources = could_not_run(topic, name, why), {}
    if not step or verdict.points > points_of(name):
        record(verdict)
    if verdict.full and not step:
        told = [*lines_changed(name, sources), *at_full_marks(name)]
        verdict = replace(verdict, ahead=told)
    screen.show(verdict)
    if verdict.first_failure:
        screen.replay(verdict.first_failure, sources)
    return verdict.points


def _graded(
    topic: course.Topic, task: Any, name: str, step: int, screen: Screen
) -> tuple[Verdict, dict[str, str]]:
    with warnings.catch_warnings():
        # A warning would go to stderr, and there it would cost all points.
        warnings.simplefilter("ignore")
        submission, aside = _handed_over(task, name)
    early = Early(worth(topic, name, step), screen)
    # Hidden variants are an instructor's; a learner's check is the same everywhere.
    [verdict] = grade(
        topic, submission, task=name, hidden=False, step=step, on_result=early.hear
    )
    verdict.aside = " ".join(filter(None, [aside or verdict.aside, beside_here()]))
    return verdict, submission.sources


def _handed_over(task: Any, name: str) -> tuple[Submission, str]:
    """The task as it can be tested, and what to say of the way it took."""
    submission = submission_of(task, name)
    why = submission.unpackable.get(name)
    if not why:
        return submission, ""
    anew, told = made_anew(name, why)
    return (anew, told) if anew.has(name) else (submission, why)


# Which task is meant ----------------------------------------------------------


def _tasks() -> list[str]:
    return [task for topic in course.topics() for task in topic.tasks]


def _names_around(callers: Mapping[str, Any]) -> Mapping[str, Any]:
    """The notebook's names, or those of the script that calls."""
    running = shell()
    return running.user_ns if running else callers


def _name_of(task: Any, names: Mapping[str, Any]) -> str:
    """The task that `task` answers: the name it goes by in the notebook.

    A decorator may have given a function another __name__; when a whole notebook is
    graded, it is the notebook's name that counts.
    """
    own = getattr(task, "__name__", "")
    known = [name for name in _tasks() if name in names and names[name] is task]
    return known[0] if known and own not in known else str(own)


def _misused(task: Any, name: str) -> str:
    """What to say to a call that cannot be meant, such as check(serve_many())."""
    if callable(task) and (inspect.isroutine(task) or inspect.isclass(task) or name):
        return "" if name in _tasks() else _unknown(name)
    takes = "check() takes the function itself, as in check(serve_many)"
    if isinstance(task, str):
        return f"{takes}, and was given a text. Leave out the quotes."
    given = "None" if task is None else f"a value of type {type(task).__name__}"
    return f"{takes}, and was given {given}. Leave out the parentheses after its name."


def _unknown(name: str) -> str:
    if name == "<lambda>":
        return (
            "A lambda has no name, so nobody knows which exercise it answers. Write "
            "it with def and the name that the exercise gives."
        )
    meant = close_name(name, _tasks())
    advice = f" Did you mean {meant}?" if meant else ""
    return (
        f"No exercise of this course asks for {name}.{advice} "
        "Keep the names that the exercises give."
    )


def _no_such_step(name: str, step: Any) -> str:
    """What to say of a step that the task does not have."""
    topic = course.topic_of_task(name)
    steps = topic.steps(name) if topic else 0
    if step == 0 or step in range(1, steps + 1):
        return ""
    known = f"has the steps 1 to {steps}" if steps else "has no steps"
    return f"There is no step {step!r}: {name} {known}."


def _our_fault(error: Exception) -> str:
    return (
        f"! The check itself failed ({type(error).__name__}: {error}).\n"
        "  That is no fault of yours; please show it to your instructor."
    )


# What is shown ----------------------------------------------------------------


class Early:
    """Shows each test as it is over, and the first failure while others still run.

    Below a failure nothing is shown until all are over: a learner reads it, and has
    perhaps unfolded a hint.
    """

    def __init__(self, max_points: float, screen: Screen):
        self.max_points = max_points
        self.screen = screen
        self.tests: list[TestResult] = []
        self.shown = False

    def hear(self, task: str, result: TestResult) -> None:
        """Take in one result."""
        self.tests.append(result)
        if not self.shown:
            self.shown = result.status == "fail"
            verdict = Verdict(task, self.max_points, list(self.tests)).settle()
            self.screen.show(replace(verdict, note=RUNNING))


class Screen:
    """Where a report appears: one output of the cell, which a later report replaces.

    Args:
        visible: False to show nothing at all.
    """

    def __init__(self, visible: bool = True) -> None:
        self.visible = visible
        self._handle: Any = None
        self._last: Verdict | None = None

    def say(self, text: str) -> None:
        """Print a sentence; to stdout, because stderr would cost the points."""
        if self.visible:
            print(text)

    def show(self, verdict: Verdict) -> None:
        """Show a report, in place of the one before."""
        self._last = verdict
        if not self.visible:
            return
        if shell() is None:
            # A terminal cannot take back what it has shown: only the whole is printed.
            if verdict.note != RUNNING:
                print_report(verdict)
            return
        from IPython.display import DisplayHandle

        bundle = {"text/html": render_html(verdict), "text/plain": render_text(verdict)}
        if self._handle is None:
            self._handle = DisplayHandle()
            self._handle.display(bundle, raw=True)
        else:
            self._handle.update(bundle, raw=True)

    def stopped(self) -> None:
        """Say that the check did not come to its end."""
        if self._last and self._last.note == RUNNING:
            self.show(replace(self._last, note=STOPPED))
        else:
            self.say(STOPPED)

    def replay(self, failure: TestResult, sources: dict[str, str]) -> None:
        """Show the failed run below the report, stopped at the moment it failed."""
        if not self.visible or shell() is None:
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
