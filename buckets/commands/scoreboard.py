"""`buckets scoreboard`: your servers and the library's under one load."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from buckets.standings.picture import page
from buckets.standings.run import scoreboard

CLIENTS, SECONDS = 100, 1.0
"""The size of a thorough board: nobody looks on."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of the command."""
    parser.add_argument(
        "names",
        nargs="*",
        metavar="SERVER",
        help="only these, such as serve_many (default: all)",
    )
    parser.add_argument(
        "--clients",
        type=int,
        default=CLIENTS,
        metavar="N",
        help=f"how many come to each server (default: {CLIENTS})",
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=SECONDS,
        metavar="S",
        help=f"how long all of them ask each server (default: {SECONDS:g})",
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write everything as JSON, too"
    )
    parser.add_argument(
        "--html", type=Path, metavar="FILE", help="write the picture as a page, too"
    )
    parser.epilog = (
        "Your servers are those in exercises/. Let the machine do nothing else "
        "meanwhile. Exit status: 0, or 2 when a word or a file makes no sense."
    )


def run(args: argparse.Namespace) -> int:
    """Print the board, and write what was asked for."""
    try:
        # Opened first: a folder that is not there must not cost the whole run.
        for path in filter(None, (args.json, args.html)):
            path.write_text("")
        board = scoreboard(
            args.names or None,
            clients=args.clients,
            seconds=args.seconds,
            tell=_teller(),
        )
    except (ValueError, OSError) as error:
        print(f"buckets scoreboard: {error}", file=sys.stderr)
        return 2
    print(board)
    if args.json:
        args.json.write_text(json.dumps(board.document(), indent=1) + "\n")
    if args.html:
        args.html.write_text(page(board), encoding="utf-8")
    return 0


def _teller() -> Callable[[str], object]:
    """Says whose turn it is, to somebody who waits before a terminal."""
    if not sys.stderr.isatty():
        return lambda name: None
    print("The cast visits everybody ...", file=sys.stderr)
    return lambda name: print(f"  {name} ...", file=sys.stderr)
