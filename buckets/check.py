"""`check(serve_many)`: what the check cell of an exercise calls.

The object travels to a fresh process, the tests run in another one, and the kernel only
shows what came back. The cell ends in a plain number: that is how nbgrader gives
partial credit, and anything on stderr would cost all points.
"""

from __future__ import annotations

from typing import Any

from buckets import course
from buckets.expectations import close_name
from buckets.grading.engine import grade
from buckets.packing import submission_of
from buckets.progress import record
from buckets.report.html import render_html
from buckets.report.text import render_text
from buckets.verdict import Verdict


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
    # Hidden variants are an instructor's; a learner's check is the same everywhere.
    verdict = grade(topic, submission_of(task, name), task=name, hidden=False)[0]
    record(verdict)
    _show(verdict)
    return verdict.points


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


def _show(verdict: Verdict) -> None:
    text = render_text(verdict)
    try:
        from IPython.core.getipython import get_ipython
        from IPython.display import display
    except ImportError:
        print(text)
        return
    if get_ipython() is None:
        print(text)
        return
    display({"text/html": render_html(verdict), "text/plain": text}, raw=True)
