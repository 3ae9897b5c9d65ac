"""What an instructor sees of a class: a table in the terminal, and one to keep."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from rich.table import Table

from buckets.classroom import harmless
from buckets.classroom.marking import Marked
from buckets.classroom.whole_class import Row
from buckets.diagnosis.catalogue import get as misconception


def diagnosis(marked: Marked) -> str:
    """The first failure in one line: which misconception, or which behaviour."""
    found = marked.first_failure
    if marked.unreadable or found is None:
        return marked.unreadable
    verdict, test = found
    if test is None:
        return f"{verdict.task}: {verdict.note}"
    belief = misconception(test.diagnosis)
    told = f"{belief.id} {belief.name}" if belief else test.doing or test.title
    return f"{verdict.task}: {told}{_stopped(marked)}"


def table(rows: Iterable[Row], title: str = "") -> Table:
    """Student, score and diagnosis, for a terminal."""
    drawn = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
    drawn.add_column("student", no_wrap=True)
    drawn.add_column("score", justify="right", no_wrap=True)
    drawn.add_column("first failure")
    for row in rows:
        drawn.add_row(safe(row.student), _score(row), safe(_why(row)))
    return drawn


def _score(row: Row) -> str:
    if row.entry is None:
        return "not recorded"
    return f"{row.entry.score:g} / {row.entry.max_score:g}"


def _why(row: Row) -> str:
    return f"needs a look: {row.look}" if row.look else diagnosis(row.marked)


def _stopped(marked: Marked) -> str:
    """The first cell that did not run to its end: it may be why points are missing."""
    return f" ({marked.problems[0].sentence})" if marked.problems else ""


def safe(text: str) -> str:
    """Text from outside, for a terminal: no markup, no control characters."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    return shown.replace("[", r"\[")


def write_csv(path: Path, rows: Iterable[Row]) -> None:
    """One line a student: score, points by task, diagnosis."""
    rows = list(rows)
    tasks = [verdict.task for verdict in rows[0].marked.verdicts] if rows else []
    head = ["student", "score", "max_score", *tasks, "needs_a_look"]
    with path.open("w", newline="", encoding="utf-8", errors="replace") as file:
        sheet = csv.writer(file)
        sheet.writerow([*head, "diagnosis", "first_failure"])
        for row in rows:
            points = [f"{verdict.points:g}" for verdict in row.marked.verdicts]
            line = [row.student, *_numbers(row), *points, *_words(row)]
            sheet.writerow(map(harmless.cell, line))


def _numbers(row: Row) -> list[str]:
    if row.entry is None:
        return ["", ""]
    return [f"{row.entry.score:g}", f"{row.entry.max_score:g}"]


def _words(row: Row) -> list[str]:
    found = row.marked.first_failure
    test = found[1] if found else None
    look = "yes" if row.look or (row.entry and row.entry.needs_look) else ""
    return [look, (test and test.diagnosis) or "", diagnosis(row.marked)]
