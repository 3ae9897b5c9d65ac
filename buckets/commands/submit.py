"""`buckets submit TOPIC`: the file to hand in, checked, with what was found in it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Any

from buckets import course
from buckets.commands.check import Graded, graded
from buckets.notebook import progress
from buckets.own_copy.hand_in import packed, put
from buckets.report.clean import clean
from buckets.report.content import of
from buckets.verdict import Verdict


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of the command."""
    parser.add_argument("topic", metavar="TOPIC", help="such as 05_select, or 05")
    parser.epilog = (
        "The file has your cells, and how often you checked each task; that counts for "
        "nothing, and tells your instructor where people are stuck."
    )


def run(args: argparse.Namespace) -> int:
    """0 when the file is there, whatever its points, or 2 when it could not be made."""
    topic = course.called(args.topic)
    if topic is None:
        known = ", ".join(each.name for each in course.topics())
        return _refuse(f"There is no exercise {args.topic}. There is: {known}.")
    try:
        notebook = course.read_notebook(topic.exercise)
        path, kept = put(packed(notebook, _checks(topic)), topic)
        print(f"{path} is what you hand in. It is being checked ...\n", flush=True)
        found = graded(path)
    except (course.NotOfThisCourse, OSError) as error:
        return _refuse(str(error))
    for line in _told(found):
        print(line)
    if kept:
        print(f"\nThe file that you made before lies at {kept}.")
    print(f"\nHand in {path}")
    return 0


def _refuse(why: str) -> int:
    print(f"buckets submit: {why}", file=sys.stderr)
    return 2


def _checks(topic: course.Topic) -> dict[str, Any]:
    known = progress.read()
    counts = {task: known[task] for task in topic.tasks if task in known}
    return {
        task: {"checks": points.checks, "since": points.since}
        for task, points in counts.items()
    }


def _told(found: Graded) -> Iterator[str]:
    """What was found in the file: first what surprises, then the points."""
    for note in [*found.notes, *(each.sentence for each in found.submission.notes)]:
        yield f"Note: {clean(note)}"
    for problem in found.submission.problems:
        yield f"Note: {clean(problem.sentence)}"
    wide = max(len(verdict.task) for verdict in found.verdicts)
    for verdict in found.verdicts:
        score = of(verdict.points, verdict.max_points)
        yield f"{verdict.task:<{wide}}  {score}{_first(verdict)}"
    points = sum(verdict.points for verdict in found.verdicts)
    most = sum(verdict.max_points for verdict in found.verdicts)
    yield f"{found.topic.name}: {of(points, most)}"
    harder = sum(verdict.withheld for verdict in found.verdicts)
    if harder:
        what = "1 harder variant is" if harder == 1 else f"{harder} harder variants are"
        yield f"{what} tried when it is graded."


def _first(verdict: Verdict) -> str:
    if verdict.note:
        return f": {clean(verdict.note)}"
    failure = verdict.first_failure
    return f": first failure, {' '.join(failure.title.split())}" if failure else ""
