"""`buckets kit`: what a learner gets, as a folder and as a zip."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from buckets import course
from buckets.classroom.kit import NAME, NoKit, build


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words that `buckets kit` takes."""
    parser.add_argument(
        "dir",
        nargs="?",
        type=Path,
        metavar="DIR",
        help=f"where {NAME}/ and {NAME}.zip go; former ones there are replaced "
        "(default: kit/ in the course)",
    )


def run(args: argparse.Namespace) -> int:
    """0, or 2 when there can be no kit."""
    console = Console(highlight=False, soft_wrap=True)
    try:
        kit, archive = build((args.dir or course.root() / "kit").resolve())
    except NoKit as error:
        console.print(str(error), markup=False)
        return 2
    files = [path for path in kit.rglob("*") if path.is_file()]
    exercises = len(list(kit.glob("exercises/*/*.ipynb")))
    lessons = len(list(kit.glob("lessons/*.ipynb")))
    console.print(f"The learner's kit: {lessons} lessons, {exercises} exercises,")
    console.print(f"{len(files)} files, without solutions, hidden tests and mistakes.")
    console.print(f"  folder  {kit}", markup=False)
    console.print(
        f"  zip     {archive} ({archive.stat().st_size >> 10} KB)", markup=False
    )
    return 0
