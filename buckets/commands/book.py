"""`buckets book`: the course as pages that open from a file, without network."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from nbclient.exceptions import CellExecutionError

from buckets import course
from buckets.book.index import contents
from buckets.book.more import glossary_page, misconceptions_page
from buckets.book.pages import pages, write_page


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of the command."""
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=course.root() / "book",
        help="where to write it (default: book/ in the course)",
    )


def run(args: argparse.Namespace) -> int:
    """Write the book; 0 when every page could be made."""
    broken = []
    for page in pages():
        print(f"  {page.place} ...", flush=True)
        try:
            write_page(page, args.folder)
        except CellExecutionError as error:
            broken.append(page)
            print(f"  a cell of {page.source.name} failed:\n{error}", file=sys.stderr)
    index = args.folder / "index.html"
    index.write_text(contents(), encoding="utf-8")
    for name, text in (
        ("glossary", glossary_page()),
        ("misconceptions", misconceptions_page()),
    ):
        (args.folder / f"{name}.html").write_text(text, encoding="utf-8")
    print(f"The book lies at {index}; open it in a browser.")
    return 1 if broken else 0
