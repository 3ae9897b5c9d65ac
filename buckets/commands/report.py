"""`buckets report TOPIC ... | --all`: a class at a glance, as a page and as CSV."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from buckets import course
from buckets.classroom import CannotGrade

if TYPE_CHECKING:
    from buckets.classroom.gradebook import Books
    from buckets.overview.page import Part


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of the command."""
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help="such as 05_select")
    parser.add_argument(
        "--all", action="store_true", help="every topic that was graded, on one page"
    )
    parser.add_argument(
        "--no-names", action="store_true", help="numbers in place of learners' names"
    )
    parser.add_argument(
        "--to", type=Path, metavar="FILE", help="the page; the CSV lies beside it"
    )


def run(args: argparse.Namespace) -> int:
    """0 when the page was written, 2 when it was not."""
    from buckets.overview import table
    from buckets.overview.page import page

    try:
        opened = _opened(args)
        parts = [_part(books, not args.no_names) for books in opened]
        stem = "all" if args.all or len(parts) > 1 else parts[0].name
        path = args.to or opened[0].grading / "report" / f"{stem}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(f".{path.name}.half")
        half.write_text(page(parts), encoding="utf-8", errors="replace")
        half.replace(path)
        table.write(path.with_suffix(".csv"), [part.found for part in parts])
    except (CannotGrade, OSError) as error:
        print(f"buckets report: {error}", file=sys.stderr)
        return 2
    print(f"page             {path}\nas a table       {path.with_suffix('.csv')}")
    return 0


def _opened(args: argparse.Namespace) -> list[Books]:
    """The books of each topic that is asked for, by number.

    Raises:
        CannotGrade: nothing was named, or nothing was graded.
    """
    from buckets.classroom.gradebook import Books

    if bool(args.topics) == args.all:
        raise CannotGrade("Name topics, such as 05_select, or say --all.")
    if args.topics:
        called = [course.called(name) or course.Topic(name) for name in args.topics]
        return [Books(course.root(), topic.name) for topic in called]
    every = [Books(course.root(), topic.name) for topic in course.topics()]
    found = [books for books in every if books.submissions() and books.masters()]
    if not found:
        raise CannotGrade("Nobody has handed in anything.")
    return found


def _part(books: Books, names: bool) -> Part:
    from buckets.overview.gathered import gather
    from buckets.overview.page import Part
    from buckets.overview.replays import replays

    found = gather(books, names=names)
    return Part(found, replays(books, found))
