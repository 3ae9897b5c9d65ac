"""`buckets book`: the course as pages that open from a file, without network."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nbclient.exceptions import CellExecutionError

from buckets import course
from buckets.book import index, more
from buckets.book.beliefs import NotShown, Shown, shown
from buckets.book.frame import write_assets
from buckets.book.pages import pages, write_page
from buckets.book.words import words
from buckets.diagnosis.catalogue import Misconception


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of the command."""
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=course.root() / "book",
        help="where to write it (default: book/ in the course)",
    )
    parser.add_argument(
        "--no-replays",
        action="store_true",
        help="leave out the replays of the misconceptions, which take some minutes",
    )


def run(args: argparse.Namespace) -> int:
    """Write the book; 0 when every page could be made."""
    folder: Path = args.folder
    broken = []
    for page in pages():
        print(f"  {page.place} ...", flush=True)
        try:
            write_page(page, folder)
        except CellExecutionError as error:
            broken.append(page.place)
            print(f"  a cell of {page.source.name} failed:\n{error}", file=sys.stderr)
    broken += write_beliefs(folder, _nothing if args.no_replays else shown)
    write_assets(folder, words())
    for name, text in (
        (index.PLACE, index.contents()),
        ("glossary.html", more.glossary_page()),
        ("misconceptions.html", more.misconceptions_page()),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    print(f"The book lies at {folder / index.PLACE}; open it in a browser.")
    return 1 if broken else 0


def write_beliefs(
    folder: Path, show: Callable[[Misconception], Shown | None]
) -> list[str]:
    """Write a page for each misconception.

    Args:
        folder: the book's.
        show: runs a server that holds one.

    Returns:
        The pages that should have a replay and have none.
    """
    target = folder / "misconceptions"
    target.mkdir(parents=True, exist_ok=True)
    missing = []
    for one, found in _all_shown(show):
        if isinstance(found, NotShown):
            missing.append(f"misconceptions/{one.id}.html")
            print(f"  {found}", file=sys.stderr)
            found = None
        text = more.belief_page(one, found)
        (target / f"{one.id}.html").write_text(text, encoding="utf-8")
    return missing


def _all_shown(
    show: Callable[[Misconception], Shown | None],
) -> Iterator[tuple[Misconception, Shown | NotShown | None]]:
    """Each with what there is to show of it; several servers run at a time."""
    known = more.ordered()

    def run(one: Misconception) -> Shown | NotShown | None:
        try:
            return show(one)
        except NotShown as error:
            return error

    with ThreadPoolExecutor(os.cpu_count() or 1) as workers:
        for number, (one, found) in enumerate(
            zip(known, workers.map(run, known), strict=True), 1
        ):
            if show is shown and number % 10 == 0:
                print(f"  misconceptions, {number} of {len(known)} ...", flush=True)
            yield one, found


def _nothing(one: Misconception) -> None:
    """No run."""
