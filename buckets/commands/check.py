"""`buckets check NOTEBOOK`: the same verdict as in the notebook, in a terminal."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from buckets import course
from buckets.classroom import handed_in
from buckets.classroom.oddities import named_otherwise, oddities
from buckets.grading.collect import collect_script, news
from buckets.grading.engine import grade
from buckets.notebook.ahead import place
from buckets.notebook.beside import beside
from buckets.notebook.progress import record
from buckets.report import bundle, terminal
from buckets.report.content import MARKS
from buckets.submission import Submission
from buckets.verdict import TestResult, Verdict

FULL, BELOW, FAULT = 0, 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of the command."""
    parser.add_argument(
        "notebook",
        type=Path,
        metavar="NOTEBOOK",
        help="a file, or an exercise by its name or number, such as 05",
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
    parser.add_argument(
        "--bundle",
        nargs="?",
        type=Path,
        const=Path(),
        metavar="FILE",
        help="also write a file to send to somebody: the answer's cell, the verdict "
        "and the recorded run, and nothing else; of --task, or of the first task that "
        "has not all its points",
    )
    parser.epilog = (
        "Exit status: 0 at full marks, 1 below, 2 when the grader failed or the file "
        "is no notebook of this course."
    )


@dataclass(frozen=True)
class Graded:
    """What came of a notebook's file.

    Args:
        path, topic: the file, and the exercise that it answers.
        notes: what was put back before, or might worry somebody.
        submission: what the notebook hands in.
        verdicts: one for each task.
    """

    path: Path
    topic: course.Topic
    notes: list[str]
    submission: Submission
    verdicts: list[Verdict]

    @property
    def own(self) -> bool:
        """Whether it is the learner's own: what others wrote is no progress."""
        return self.path.resolve().is_relative_to(
            (course.home() / "exercises").resolve()
        )


def graded(given: Path, task: str | None = None) -> Graded:
    """Grade a notebook as the command does; the learner's own counts as progress.

    Args:
        given: a file, or the name or number of an exercise.
        task: this one alone; by default all.

    Raises:
        NotOfThisCourse: it is no notebook of this course, or has no such task.
    """
    path, notebook, topic = _read(given)
    _must_have(topic, task)
    script, put_back = handed_in.as_graded(topic, notebook)
    folder = str(path.resolve().parent)
    submission = collect_script(script, topic, folder=folder)
    meter = Meter(0 if task else len(topic.behaviours))
    verdicts = grade(topic, submission, task=task, hidden=False, on_result=meter.hear)
    meter.clear()
    submission.problems = news(submission.problems, script, task)
    notes = [*named_otherwise(path, topic), *put_back, *oddities(notebook, topic)]
    texts = [cell["source"] for cell in script.cells]
    notes += filter(None, [beside(texts, path.resolve().parent)])
    found = Graded(path, topic, notes, submission, verdicts)
    if found.own:
        for verdict in verdicts:
            record(verdict)
    return found


def run(args: argparse.Namespace) -> int:
    """Grade the notebook and print the reports."""
    try:
        found = graded(args.notebook, args.task)
    except course.NotOfThisCourse as error:
        print(f"buckets check: {error}", file=sys.stderr)
        return FAULT
    verdicts = found.verdicts
    if args.bundle is not None:
        try:
            written = _bundle(found, args.bundle)
        except OSError as error:
            print(f"buckets check: no bundle was written: {error}", file=sys.stderr)
            return FAULT
        # With --json, standard output belongs to what reads it.
        told = sys.stderr if args.json else sys.stdout
        print(f"The bundle lies at {written}. Read it before you send it.", file=told)
    if args.json:
        print(json.dumps([_document(verdict) for verdict in verdicts], indent=1))
    else:
        terminal.print_notes(found.notes, found.submission)
        terminal.print_reports(found.topic, verdicts, args.hints)
        if found.own and all(verdict.full for verdict in verdicts):
            print(place(at=found.topic).next)
    return _status(verdicts)


def _bundle(found: Graded, target: Path) -> Path:
    """Write a task's bundle.

    Args:
        found: what was graded.
        target: the file; a folder gets one with the names of exercise and task.

    Raises:
        OSError: it cannot be written.
    """
    # Whoever asks about a task with all its points names it: --task.
    verdict = next((one for one in found.verdicts if not one.full), found.verdicts[0])
    if target.is_dir():
        target = target / f"bundle_{found.topic.name}_{verdict.task}.json"
    places = (found.path.resolve().parent, course.root(), course.home(), Path.home())
    text = bundle.document(found.topic, found.submission, verdict, places)
    target.write_text(text, encoding="utf-8")
    return target


class Meter:
    """One line in a terminal that says how far the tests are; nothing elsewhere.

    Args:
        all_of_them: how many there will be; 0 where that is not known.
    """

    def __init__(self, all_of_them: int):
        self._most, self._over = all_of_them, 0
        self._seen = sys.stderr.isatty()

    def hear(self, task: str, result: TestResult) -> None:
        """A test is over."""
        self._over += 1
        count = f"{self._over} of {self._most}" if self._most else f"{self._over}"
        mark = MARKS[result.status]
        self._write(f"{count}  {task}: {mark} {' '.join(result.title.split())}")

    def clear(self) -> None:
        """All are over: the reports have the room."""
        self._write("")

    def _write(self, text: str) -> None:
        if self._seen:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r\x1b[K{text[:width]}", end="", flush=True, file=sys.stderr)


def _read(given: Path) -> tuple[Path, dict[str, Any], course.Topic]:
    path = given
    if not given.exists():
        topic = course.called(given.name)
        path = topic.exercise if topic else given
    notebook = course.read_notebook(path)
    return path, notebook, course.topic_of_notebook(path, notebook)


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
