"""`buckets grade`: mark everybody's submission of an exercise, or of several."""

from __future__ import annotations

import argparse
import os
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from rich.console import Console

from buckets import course
from buckets.classroom import CannotGrade
from buckets.classroom.console import grade_with_progress

if TYPE_CHECKING:
    from buckets.classroom.whole_class import Classroom, Row

WORKERS = 2 * (os.cpu_count() or 1)
"""Marking is mostly waiting, so a core carries two."""

NO_WALLS = (
    "--dask and --no-sandbox do not go together: whoever reaches the ports of a Dask "
    "cluster can run anything there, and only the sandbox keeps learners' code away "
    "from them."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words that `buckets grade` takes."""
    parser.add_argument(
        "topics", nargs="*", metavar="TOPIC", help="what to grade, such as 05_select"
    )
    parser.add_argument(
        "--all", action="store_true", help="every topic that somebody has handed in"
    )
    parser.add_argument(
        "--student", action="append", default=[], help="only this student (repeatable)"
    )
    parser.add_argument(
        "--again", action="store_true", help="also what has not changed"
    )
    parser.add_argument(
        "--workers",
        type=int,
        help=f"marked at a time ({WORKERS}; by a cluster, as many as it has threads)",
    )
    parser.add_argument(
        "--dask", metavar="ADDRESS", help="let this Dask cluster mark, tcp://HOST:8786"
    )
    parser.add_argument(
        "--no-sandbox",
        action="store_true",
        help="run learners' code with your own rights",
    )


def run(args: argparse.Namespace) -> int:
    """0 when everybody is in the gradebook, 1 when somebody is not, 2 for nothing."""
    # Here and not above: nbgrader takes seconds to import, and --help need not wait.
    from buckets.classroom import table_and_csv

    console = Console(highlight=False)
    worst = 0
    try:
        topics = _topics(args)
    except CannotGrade as error:
        console.print(table_and_csv.safe(str(error)))
        return 2
    for topic in topics:
        if len(topics) > 1:
            console.print(f"[bold]{table_and_csv.safe(topic)}[/bold]")
        try:
            worst = max(worst, _grade(topic, args, console))
        except CannotGrade as error:
            console.print(table_and_csv.safe(str(error)))
            worst = 2
    return worst


def _topics(args: argparse.Namespace) -> list[str]:
    """What is to be graded, by number.

    Raises:
        CannotGrade: nothing was named, or nobody has handed in anything.
    """
    from buckets.classroom.gradebook import Books

    if args.topics and args.all:
        raise CannotGrade("Name topics, or say --all, and not both.")
    if args.topics:
        return [_called(name) for name in args.topics]
    if not args.all:
        raise CannotGrade("Name what to grade, such as 05_select, or say --all.")
    known = [topic.name for topic in course.topics()]
    found = [name for name in known if Books(course.root(), name).submissions()]
    if not found:
        raise CannotGrade("Nobody has handed in anything.")
    return found


def _called(name: str) -> str:
    topic = course.called(name)
    return topic.name if topic else name


def _grade(topic: str, args: argparse.Namespace, console: Console) -> int:
    from buckets.classroom import table_and_csv
    from buckets.classroom.gradebook import Books
    from buckets.classroom.whole_class import Classroom

    with _cluster(topic, args) as cluster:
        room = Classroom(
            Books(course.root(), topic),
            sandboxed=False if args.no_sandbox else True if cluster else None,
            workers=max(1, args.workers or (cluster.threads if cluster else WORKERS)),
            cluster=cluster,
        )
        rows = grade_with_progress(room, console, args.student, again=args.again)
    console.print(table_and_csv.table(rows))
    _tell(console, rows)
    _keep(console, room, rows)
    console.print(f"feedback pages   nbgrader generate_feedback {topic}")
    looks = sum(bool(row.look) for row in rows)
    if looks:
        console.print(f"needs a look     {looks}; in JupyterLab: Nbgrader, Formgrader")
    return int(any(row.fault for row in rows))


def _cluster(topic: str, args: argparse.Namespace) -> AbstractContextManager[Any]:
    """Who marks, if it is not this machine.

    Raises:
        CannotGrade: there is no such cluster, or it must not be used.
    """
    if not args.dask:
        return nullcontext()
    if args.no_sandbox:
        raise CannotGrade(NO_WALLS)
    from buckets.classroom.cluster import Cluster

    return Cluster(args.dask, course.Topic(topic))


def _tell(console: Console, rows: list[Row]) -> None:
    from buckets.classroom import table_and_csv

    fresh = sum(row.fresh for row in rows)
    changed = table_and_csv.changes(rows)
    if changed:
        console.print()
        console.print(changed)
    console.print(f"\n{fresh} graded, {len(rows) - fresh} unchanged since last time")


def _keep(console: Console, room: Classroom, rows: list[Row]) -> None:
    """Write the table that holds everybody, whoever was graded now."""
    from buckets.classroom import table_and_csv

    path = room.books.grading / f"{room.topic.name}.csv"
    try:
        table_and_csv.write_csv(path, room.everybody(rows), room.topic.tasks)
        console.print(f"as a table       {path}", soft_wrap=True)
    except (OSError, CannotGrade) as error:
        console.print(table_and_csv.safe(f"no table was written: {error}"))
