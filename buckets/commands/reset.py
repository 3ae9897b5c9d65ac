"""`buckets reset TOPIC`: a fresh exercise; the old file is kept under another name."""

from __future__ import annotations

import argparse
import sys

from buckets import course
from buckets.own_copy import CannotCopy
from buckets.own_copy.reset import reset


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of the command."""
    parser.add_argument("topic", metavar="TOPIC", help="such as 05_select, or 05")


def run(args: argparse.Namespace) -> int:
    """0, or 2 when nothing was begun anew."""
    topic = course.called(args.topic) or course.Topic(args.topic)
    try:
        kept = reset(topic)
    except (CannotCopy, OSError) as error:
        print(f"buckets reset: {error}", file=sys.stderr)
        return 2
    print(f"{topic.exercise} is as it was given.")
    print(f"Your former work lies at {kept}.")
    return 0
