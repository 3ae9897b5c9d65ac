"""`buckets grade`: mark everybody's submission of an exercise."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from rich.console import Console

from buckets import course
from buckets.classroom import CannotGrade
from buckets.classroom.console import grade_with_progress

if TYPE_CHECKING:
    from buckets.classroom.whole_class import Row

WORKERS = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words that `buckets grade` takes."""
    parser.add_argument("topic", help="what to grade, such as 05_select")
    parser.add_argument(
        "--student", action="append", default=[], help="only this student (repeatable)"
    )
    parser.add_argument(
        "--again", action="store_true", help="also what has not changed"
    )
    parser.add_argument(
        "--workers", type=int, default=WORKERS, help="marked at a time (%(default)s)"
    )
    parser.add_argument(
        "--no-sandbox",
        action="store_true",
        help="run learners' code with your own rights",
    )


def run(args: argparse.Namespace) -> int:
    """0 when everybody is in the gradebook, 1 when somebody is not, 2 for nothing."""
    # Here and not above: nbgrader takes seconds to import, and --help need not wait.
    from buckets.classroom import sheet
    from buckets.classroom.gradebook import Books
    from buckets.classroom.whole_class import Classroom

    console = Console(highlight=False)
    try:
        books = Books(course.root(), args.topic)
        room = Classroom(
            books,
            sandboxed=False if args.no_sandbox else None,
            workers=max(1, args.workers),
        )
        rows = grade_with_progress(room, console, args.student, again=args.again)
    except CannotGrade as error:
        console.print(sheet.safe(str(error)))
        return 2
    path = books.grading / f"{args.topic}.csv"
    console.print(sheet.table(rows))
    _tell(console, rows)
    try:
        sheet.write_csv(path, rows)
        console.print(f"as a table       {path}", soft_wrap=True)
    except OSError as error:
        console.print(sheet.safe(f"no table was written: {error}"))
    console.print(f"feedback pages   nbgrader generate_feedback {args.topic}")
    looks = sum(bool(row.look) for row in rows)
    if looks:
        console.print(f"needs a look     {looks}; in JupyterLab: Nbgrader, Formgrader")
    return int(any(row.fault for row in rows))


def _tell(console: Console, rows: list[Row]) -> None:
    fresh = sum(row.fresh for row in rows)
    console.print(f"\n{fresh} graded, {len(rows) - fresh} unchanged since last time")
