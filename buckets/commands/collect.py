"""`buckets collect PLACE ...`: what a learning system gives, where grading looks."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from buckets import course
from buckets.inbox import roster
from buckets.inbox.downloads import CannotCollect
from buckets.inbox.sorting import Choose, Collected, Inbox, Version, latest

if TYPE_CHECKING:
    from buckets.classroom.gradebook import Books


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of the command."""
    parser.add_argument(
        "places", nargs="+", type=Path, metavar="PLACE", help="a folder or a zip"
    )
    parser.add_argument(
        "--topic", default="", help="for files that do not tell, such as 05_select"
    )
    parser.add_argument(
        "--roster", type=Path, metavar="CSV", help="who is in the class: id,name,e-mail"
    )
    parser.add_argument(
        "--attempt",
        choices=("latest", "best"),
        default="latest",
        help="which of somebody's versions counts; best marks each (%(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """0 when every notebook was taken, 1 when one was not, 2 when nothing was done."""
    from buckets.classroom import CannotGrade
    from buckets.classroom.gradebook import Books

    try:
        books = Books(course.root(), args.topic or "any")
        who = roster.read(args.roster) if args.roster else roster.Roster()
        inbox = Inbox(books.grading, who, args.topic)
        choose = _best(books) if args.attempt == "best" else latest
        found = inbox.collect(args.places, choose)
        _name(books, who)
    except (CannotCollect, CannotGrade) as error:
        print(f"buckets collect: {error}", file=sys.stderr)
        return 2
    for line in report(found):
        print(line)
    left = [each for each in found.outcomes if not each.version]
    return int(any(each.origin.lower().endswith(".ipynb") for each in left))


def report(found: Collected) -> Iterable[str]:
    """What became of every file, and what to do next, a line each."""
    for outcome in found.outcomes:
        shown = f"{outcome.origin}: {outcome.text}"
        yield "".join(sign if sign.isprintable() else "?" for sign in shown)
    if found.missing:
        yield f"\nnothing of: {', '.join(found.missing)}"
    learners = len({student for student, _ in found.placed})
    yield f"\n{len(found.placed)} submissions of {learners} learners are in their place"
    for topic in sorted({topic for _, topic in found.placed}):
        yield f"grade them       buckets grade {topic}"


def _best(books: Books) -> Choose:
    """Marks each version that has not been marked; the best counts, then the latest."""
    from buckets.classroom.gradebook import Books
    from buckets.classroom.whole_class import Classroom

    def points(version: Version, inbox: Inbox) -> float:
        room = Classroom(Books(course.root(), version.topic), workers=1)
        with tempfile.TemporaryDirectory(prefix="attempt_", dir=books.grading) as name:
            copy = Path(name, f"{version.topic}.ipynb")
            copy.write_bytes(inbox.path_of(version).read_bytes())
            return room.mark(Path(name)).points

    def best(versions: list[Version], inbox: Inbox) -> Version:
        if len(versions) == 1:
            return versions[0]
        return max(versions, key=lambda each: (points(each, inbox), each.age))

    return best


def _name(books: Books, who: roster.Roster) -> None:
    """Write the roster into the gradebook: exports and reports have names from there.

    As after `nbgrader db student import`, who has handed in nothing is in it, too.
    """
    if not who.learners:
        return
    with books.gradebook() as gradebook:
        for each in who.learners:
            first, last = each.first_and_last
            gradebook.update_or_create_student(
                each.id,
                first_name=first,
                last_name=last,
                email=each.email,
                lms_user_id=each.number or None,
            )
