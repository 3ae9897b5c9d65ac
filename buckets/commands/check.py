"""`buckets check NOTEBOOK`: the same verdict as in the notebook, in a terminal."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from buckets import course
from buckets.classroom import handed_in
from buckets.classroom.oddities import oddities
from buckets.grading.collect import collect_script
from buckets.grading.engine import grade
from buckets.notebook.progress import record
from buckets.report import terminal
from buckets.verdict import Verdict

FULL, BELOW, FAULT = 0, 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of the command."""
    parser.add_argument(
        "notebook",
        type=Path,
        metavar="NOTEBOOK",
        help="a file, or the name of an exercise, such as 05_select",
    )
    parser.add_argument("--task", metavar="NAME", help="grade this task alone")
    parser.add_argument(
        "--hints",
        type=int,
        default=1,
        metavar="N",
        help="how many hints to unfold (default: 1)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead")
    parser.epilog = (
        "Exit status: 0 at full marks, 1 below, 2 when the grader failed or the file "
        "is no notebook of this course."
    )


def run(args: argparse.Namespace) -> int:
    """Grade the notebook and print the reports."""
    try:
        path, notebook, topic = _read(args.notebook)
        _must_have(topic, args.task)
    except course.NotOfThisCourse as error:
        print(f"buckets check: {error}", file=sys.stderr)
        return FAULT
    script, put_back = handed_in.as_graded(topic, notebook)
    folder = str(path.resolve().parent)
    submission = collect_script(script, topic, folder=folder)
    verdicts = grade(topic, submission, task=args.task, hidden=False)
    if _is_own(path):
        for verdict in verdicts:
            record(verdict)
    if args.json:
        print(json.dumps([_document(verdict) for verdict in verdicts], indent=1))
    else:
        terminal.print_notes([*put_back, *oddities(notebook, topic)], submission)
        terminal.print_reports(topic, verdicts, args.hints)
    return _status(verdicts)


def _read(given: Path) -> tuple[Path, dict[str, Any], course.Topic]:
    path = given
    if not given.exists() and course.Topic(given.name) in course.topics():
        path = course.Topic(given.name).exercise
    notebook = course.read_notebook(path)
    return path, notebook, course.topic_of_notebook(path, notebook)


def _is_own(path: Path) -> bool:
    """Whether it is the learner's own exercise: what others wrote is no progress."""
    return path.resolve().is_relative_to((course.home() / "exercises").resolve())


def _must_have(topic: course.Topic, task: str | None) -> None:
    if task and task not in topic.tasks:
        raise course.NotOfThisCourse(
            f"{topic.name} has no task {task}; it has {', '.join(topic.tasks)}."
        )


def _document(verdict: Verdict) -> dict[str, Any]:
    """Without the traces, which are long and only good for pictures."""
    document = verdict.document()
    for test in document["tests"]:
        del test["trace"]
    return document


def _status(verdicts: list[Verdict]) -> int:
    if any(verdict.errors for verdict in verdicts):
        return FAULT
    return FULL if all(verdict.full for verdict in verdicts) else BELOW
