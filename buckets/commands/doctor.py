"""buckets doctor: one table of what works here, and what would make the rest work."""

from __future__ import annotations

import argparse

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from buckets.doctor.examine import Finding, examine

MARKS = {"works": "✓", "partly": "·", "missing": "✗"}
# Without these nothing can be taught or graded; the others are for some only.
NEEDED = {"Python", "ports", "disk"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes no words."""


def run(args: argparse.Namespace) -> int:
    """0 when a course can be held here, 1 when something stands in its way."""
    findings = list(examine())
    console = Console(highlight=False)
    console.print(_table(findings))
    cures = [one for one in findings if one.cure]
    if cures:
        console.print("\nTo make it work:")
    for one in cures:
        console.print(f"  {one.what}: {one.cure}", markup=False, soft_wrap=True)
    return int(any(one.what in NEEDED for one in cures))


def _table(findings: list[Finding]) -> Table:
    drawn = Table(box=None, pad_edge=False)
    drawn.add_column("")
    drawn.add_column("here", no_wrap=True)
    drawn.add_column("found")
    drawn.add_column("needed for")
    for one in findings:
        words = (MARKS[one.state], one.what, one.found, one.needed_for)
        drawn.add_row(*map(escape, words))
    return drawn
