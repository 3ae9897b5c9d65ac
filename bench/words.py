"""The command line of a bench that takes one number: how many rounds."""

from __future__ import annotations

import argparse


def rounds(doc: str | None, usual: int) -> int:
    """How many rounds the command line asks for; -h prints what the bench does.

    Args:
        doc: the bench's own docstring.
        usual: how many, unless it says so.
    """
    style = argparse.RawDescriptionHelpFormatter
    words = argparse.ArgumentParser(description=doc, formatter_class=style)
    told = f"{usual}, unless you say so"
    words.add_argument(
        "rounds", type=int, nargs="?", default=usual, metavar="ROUNDS", help=told
    )
    return int(words.parse_args().rounds)
