"""`buckets check NOTEBOOK`: the same verdict as in the notebook, in a terminal."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from buckets import course
from buckets.collecting import collect_notebook
from buckets.grading.engine import grade
from buckets.progress import record
from buckets.report.content import number
from buckets.report.text import render_text
from buckets.submission import Submission
from buckets.verdict import Verdict

FULL, BELOW, FAULT = 0, 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of the command."""
    parser.add_argument("notebook", type=Path, help="an exercise, such as 05_select")
    parser.add_argument("--task", help="this task alone")
    parser.add_argument("--json", action="store_true", help="print JSON instead")
    parser.add_argument(
        "--hints", type=int, default=1, metavar="N", help="how many hints to unfold"
    )
    parser.epilog = (
        "exit status: 0 at full marks, 1 below, 2 when the grader failed or the file "
        "is no notebook of this course"
    )


def run(args: argparse.Namespace) -> int:
    """Grade the notebook and print the reports."""
    try:
        topic, submission = collect_notebook(args.notebook)
        _check_task(topic, args.task)
    except course.NotOfThisCourse as error:
        print(f"buckets check: {error}", file=sys.stderr)
        return FAULT
    verdicts = grade(topic, submission, task=args.task, hidden=False)
    for verdict in verdicts:
        record(verdict)
    if args.json:
        print(json.dumps([verdict.document() for verdict in verdicts], indent=1))
    else:
        _tell(topic, submission, verdicts, args.hints)
    return _status(verdicts)


def _check_task(topic: course.Topic, task: str | None) -> None:
    if task and task not in topic.tasks:
        raise course.NotOfThisCourse(
            f"{topic.name} has no task {task}; it has {', '.join(topic.tasks)}."
        )


def _tell(
    topic: course.Topic, submission: Submission, verdicts: list[Verdict], hints: int
) -> None:
    for problem in submission.problems:
        print(f"{problem.cell} stopped: {problem.kind}: {problem.error}")
        print(problem.traceback + "\n" if problem.traceback else "")
    for verdict in verdicts:
        print(render_text(verdict, hints))
    points = sum(verdict.points for verdict in verdicts)
    most = sum(verdict.max_points for verdict in verdicts)
    print(f"{topic.name}: {number(points)} of {number(most)} points")
    if hints == 1 and any(verdict.first_failure for verdict in verdicts):
        print("More hints: add --hints 2, or --hints 3.")


def _status(verdicts: list[Verdict]) -> int:
    if any(verdict.errors for verdict in verdicts):
        return FAULT
    return FULL if all(verdict.full for verdict in verdicts) else BELOW
