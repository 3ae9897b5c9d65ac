"""`buckets export --canvas|--moodle`: points as a learning system takes them in."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from buckets import course

if TYPE_CHECKING:
    from nbgrader.api import Gradebook


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of the command."""
    parser.add_argument(
        "topics", nargs="*", metavar="TOPIC", help="which exercises (default: all)"
    )
    kind = parser.add_mutually_exclusive_group(required=True)
    kind.add_argument("--canvas", action="store_true", help="in Canvas: Grades, Import")
    kind.add_argument("--moodle", action="store_true", help="in Moodle: Grades, Import")
    parser.add_argument(
        "--to",
        type=Path,
        metavar="FILE",
        help="default: grading/canvas.csv",
    )


def run(args: argparse.Namespace) -> int:
    """0 when the table was written, 2 when it was not."""
    from buckets.classroom import CannotGrade
    from buckets.classroom.exports import CanvasExport, MoodleExport
    from buckets.classroom.gradebook import Books

    kind = CanvasExport if args.canvas else MoodleExport
    topics = [topic.name if (topic := course.called(t)) else t for t in args.topics]
    try:
        books = Books(course.root(), topics[0] if topics else "any")
        path = args.to or books.grading / kind.default
        with books.gradebook() as gradebook:
            _must_know(gradebook, topics)
            kind(parent=books.app, to=str(path), assignment=topics).export(gradebook)
    except (CannotGrade, OSError) as error:
        print(f"buckets export: {error}", file=sys.stderr)
        return 2
    print(f"points           {path}")
    return 0


def _must_know(gradebook: Gradebook, topics: list[str]) -> None:
    from buckets.classroom import CannotGrade

    known = [assignment.name for assignment in gradebook.assignments]
    strange = [topic for topic in topics if topic not in known]
    if strange or not known:
        told = ", ".join(known) or "none"
        what = strange[0] if strange else "any exercise"
        raise CannotGrade(f"The gradebook does not know {what}. It knows: {told}.")
