"""`buckets check NOTEBOOK`: the same verdict as in the notebook, in a terminal."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from buckets import course
from buckets.classroom import handed_in
from buckets.grading.collect import collect_script
from buckets.grading.engine import grade
from buckets.notebook.progress import record
from buckets.report.clean import clean, shorten
from buckets.report.content import number, of
from buckets.report.text import print_report
from buckets.submission import ENDED, Problem, Submission
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
        named = _named_otherwise(path, topic)
        _tell([*named, *put_back, *_notes(notebook, topic)], submission)
        _report(topic, verdicts, args.hints)
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


# What is told -----------------------------------------------------------------


def _tell(notes: list[str], submission: Submission) -> None:
    for note in notes + [note.sentence for note in submission.notes]:
        print(f"Note: {clean(note)}\n")
    for problem in submission.problems:
        print(clean(_problem(problem)))
        if problem.traceback:
            print(shorten(clean(problem.traceback)))
        print()


def _problem(problem: Problem) -> str:
    more = (
        ". It was left out, and the others were run." if problem.kind == ENDED else ""
    )
    return problem.sentence + more


def _report(topic: course.Topic, verdicts: list[Verdict], hints: int) -> None:
    for verdict in verdicts:
        print_report(verdict, hints)
        print()
    points = sum(verdict.points for verdict in verdicts)
    print(
        f"{topic.name}: {of(points, sum(verdict.max_points for verdict in verdicts))}"
    )
    failures = [verdict.first_failure for verdict in verdicts if verdict.first_failure]
    if hints == 1 and any(failure.diagnosis for failure in failures):
        print("More hints: add --hints 2, or --hints 3.")


def _status(verdicts: list[Verdict]) -> int:
    if any(verdict.errors for verdict in verdicts):
        return FAULT
    return FULL if all(verdict.full for verdict in verdicts) else BELOW


# What happened to the cells that are not the learner's ----------------------------


def _named_otherwise(path: Path, topic: course.Topic) -> Iterator[str]:
    """A file that bears the name of one exercise and holds another."""
    if any(other.name in path.name for other in course.topics() if other != topic):
        yield (
            f"{path.name} holds another exercise: this is {topic.name}. Under this "
            "name it would be handed in as the wrong one."
        )


def _notes(notebook: dict[str, Any], topic: course.Topic) -> Iterator[str]:
    """What was done to the notebook that changes nothing, and might worry somebody."""
    cells = [cell for cell in notebook["cells"] if isinstance(cell, dict)]
    checks = [cell for cell in cells if course.is_check(cell)]
    marks = [cell["metadata"]["nbgrader"] for cell in checks]
    for name, count in Counter(str(mark.get("grade_id")) for mark in marks).items():
        if count > 1:
            yield f"the check cell {name} is there {count} times. It counts once."
    points = sum(_points(mark) for mark in marks)
    most = sum(topic.tasks.values())
    if len(marks) < len(topic.tasks):
        yield (
            f"{len(marks)} of {len(topic.tasks)} check cells are left. All tasks are "
            "graded all the same."
        )
    elif len(marks) == len(topic.tasks) and points != most:
        yield (
            f"the check cells speak of {number(points)} points. The exercise is worth "
            f"{number(most)}."
        )
    tagged = sum(map(_skips, cells))
    if tagged:
        yield f"{tagged} cells are tagged skip-execution. They were run all the same."


def _points(marks: dict[str, Any]) -> float:
    points = marks.get("points")
    return points if isinstance(points, int | float) else 0.0


def _skips(cell: dict[str, Any]) -> bool:
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return isinstance(tags, list) and "skip-execution" in tags
