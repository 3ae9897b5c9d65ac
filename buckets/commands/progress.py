"""`buckets progress`: how far you are, in a terminal."""

from __future__ import annotations

import argparse

from buckets.notebook.progress import progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of the command: none."""
    parser.epilog = "Each check in a notebook or by `buckets check` is remembered."


def run(args: argparse.Namespace) -> int:
    """Print the table."""
    print(progress())
    return 0
