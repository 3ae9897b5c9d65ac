"""`buckets demo`: an instructor's first minute, a class graded before their eyes."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from buckets import course
from buckets.classroom import CannotGrade
from buckets.classroom.demo import TOPIC, demonstrate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words that `buckets demo` takes."""
    parser.add_argument(
        "dir",
        nargs="?",
        type=Path,
        metavar="DIR",
        help="where to put it (default: grading/demo/ in the course)",
    )
    parser.add_argument(
        "--workers", type=int, default=2, help="graded at a time (%(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """0; 1 when somebody could not be recorded; 2 when there is nothing to show."""
    console = Console(highlight=False)
    folder = (args.dir or course.root() / "grading" / "demo").resolve()
    try:
        topic = course.Topic(TOPIC)
        rows = demonstrate(folder, console, topic, max(1, args.workers))
    except CannotGrade as error:
        console.print(str(error), markup=False, soft_wrap=True)
        return 2
    return int(any(row.fault for row in rows))
