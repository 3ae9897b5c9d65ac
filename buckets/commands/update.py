"""`buckets update`: the newest lessons and exercises, without touching any work."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from buckets.own_copy import CannotCopy
from buckets.own_copy.layout import update


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of the command."""
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=Path(),
        metavar="FOLDER",
        help="one that buckets start has made (default: the present one)",
    )
    parser.epilog = (
        "It brings what the installed package holds. To install a newer one first: "
        "pip install --upgrade aisle-of-buckets"
    )


def run(args: argparse.Namespace) -> int:
    """0, or 2 when there is nothing to bring up to date."""
    try:
        laid = update(args.folder)
    except (CannotCopy, OSError) as error:
        print(f"buckets update: {error}", file=sys.stderr)
        return 2
    told = {
        "new": "new",
        "replaced": "brought up to date",
        "kept": "yours; there is no newer one",
        "beside": "the newer version of a file that you have changed",
    }
    for one in laid:
        if one.fate in told:
            print(f"  {one.path}  ({told[one.fate]})")
    changed = [one for one in laid if one.fate in ("new", "replaced", "beside")]
    print(f"{len(changed)} files came. What you have changed was not touched.")
    return 0
