"""`buckets feedback TOPIC ...`: pages for learners, and a zip for a learning system."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from buckets import course
from buckets.inbox.giving_back import parcel, write
from buckets.inbox.sorting import Inbox

if TYPE_CHECKING:
    from buckets.classroom.gradebook import Books


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of the command."""
    parser.add_argument("topics", nargs="+", metavar="TOPIC", help="such as 05_select")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument(
        "--moodle",
        dest="system",
        action="store_const",
        const="Moodle",
        help="a zip of them: Upload multiple feedback files in a zip",
    )
    kind.add_argument(
        "--canvas",
        dest="system",
        action="store_const",
        const="Canvas",
        help="a zip of them: Upload Submissions",
    )
    parser.add_argument(
        "--again", action="store_true", help="write pages anew that are there, too"
    )
    parser.add_argument(
        "--to", type=Path, metavar="FOLDER", help="for the zip (default: grading/)"
    )


def run(args: argparse.Namespace) -> int:
    """0 when all who were graded have their page, 1 if not all, 2 for none."""
    from buckets.classroom import CannotGrade

    worst = 0
    for name in args.topics:
        topic = course.called(name)
        try:
            worst = max(worst, _give_back(topic.name if topic else name, args))
        except (CannotGrade, OSError) as error:
            print(f"buckets feedback: {error}", file=sys.stderr)
            worst = 2
    return worst


def _give_back(topic: str, args: argparse.Namespace) -> int:
    from buckets.classroom import CannotGrade
    from buckets.classroom.gradebook import Books, CannotRecord

    books = Books(course.root(), topic)
    graded = sorted(books.entries()) if books.masters() else []
    if not graded:
        raise CannotGrade(f"Nobody's {topic} is graded: buckets grade {topic}")
    try:
        books.write_feedback(again=args.again)
    except CannotRecord as error:
        # It has written the others'.
        print(f"buckets feedback: {error}", file=sys.stderr)
    pages = {student: books.feedback(student) for student in graded}
    missing = [student for student, page in pages.items() if not page.is_file()]
    there = f"{len(pages) - len(missing)} of {len(pages)}"
    where = books.feedback("STUDENT")
    print(f"feedback pages   {there}, {where}")
    if args.system:
        return _zip(books, pages, args)
    _tell(dict.fromkeys(missing, "has no feedback page"))
    return int(bool(missing))


def _zip(books: Books, pages: dict[str, Path], args: argparse.Namespace) -> int:
    made = parcel(Inbox(books.grading), books.topic, pages, args.system)
    path = (args.to or books.grading) / f"{books.topic}-{args.system.lower()}.zip"
    if made.pages:
        write(made, path)
        print(f"for {args.system:<12} {len(made.pages)} of {len(pages)}, {path}")
    _tell(made.left_out)
    return int(bool(made.left_out)) if made.pages else 2


def _tell(left_out: dict[str, str]) -> None:
    for student, why in left_out.items():
        shown = "".join(sign if sign.isprintable() else "?" for sign in student)
        print(f"not among them   {shown} {why}")
