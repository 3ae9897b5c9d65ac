"""`buckets watch`: an exercise is checked whenever it is saved."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from buckets import course
from buckets.commands.check import graded
from buckets.notebook.ahead import place
from buckets.watching.terminal_input import Keys
from buckets.watching.watch import Checked, Watcher


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of the command."""
    parser.add_argument(
        "exercise",
        nargs="?",
        metavar="EXERCISE",
        help="such as 05_select, or 05 (default: the one that comes next)",
    )
    parser.epilog = (
        "Leave it running in a terminal beside the notebook. One key each: h for more "
        "hints, r for the replay in a browser, c to check without saving, x to begin "
        "anew, n for the next exercise, q to end."
    )


def run(args: argparse.Namespace) -> int:
    """Watch until somebody has had enough: 0, or 2 where there is no such exercise."""
    topic = course.called(args.exercise) if args.exercise else place().topic
    if args.exercise and topic is None:
        known = ", ".join(each.name for each in course.topics())
        told = f"There is no exercise {args.exercise}. There is: {known}."
        print(f"buckets watch: {told}", file=sys.stderr)
        return 2
    with Keys() as keys:
        return Watcher(topic or course.topics()[0], _check).go(keys)


def _check(path: Path) -> Checked:
    found = graded(path)
    return Checked(found.verdicts, found.submission.sources)
