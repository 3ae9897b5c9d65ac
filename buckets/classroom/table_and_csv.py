"""What an instructor sees of a class: a table in the terminal, and one to keep."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.table import Table

from buckets.classroom import harmless
from buckets.classroom.marking import Marked
from buckets.classroom.whole_class import Row
from buckets.diagnosis.catalogue import get as misconception
from buckets.verdict import TestResult

# A long name must not take the width that everybody's points need.
MOST_NAME = 34
MOST_CHANGES = 3
"""Tests that are named for each student, where more have changed."""


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
    drawn.add_column("student", no_wrap=True, max_width=MOST_NAME)
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
    why = f"needs a look: {row.look}" if row.look else diagnosis(row.marked)
    if row.entry and row.entry.penalty:
        late = f"{row.entry.penalty:g} off for being late"
        return f"{late}; {why}" if why else late
    return why


# What a second run has changed -------------------------------------------------------


def changes(rows: Iterable[Row]) -> Table | None:
    """Who has another result than before: old points, new points, and which tests.

    Returns:
        A table for a terminal; None where nobody has.
    """
    drawn = Table(box=None, pad_edge=False)
    drawn.add_column("changed", no_wrap=True, max_width=MOST_NAME)
    drawn.add_column("before", justify="right", no_wrap=True)
    drawn.add_column("now", justify="right", no_wrap=True)
    drawn.add_column("which tests")
    for row in rows:
        tests = list(_changed(row))
        if row.before and (tests or row.before.points != row.marked.points):
            points = (f"{each.points:g}" for each in (row.before, row.marked))
            drawn.add_row(safe(row.student), *points, safe(_few(tests)))
    return drawn if drawn.row_count else None


def _changed(row: Row) -> Iterator[str]:
    """Each test that came out otherwise, in the words of the behaviour."""
    if row.before is None:
        return
    if bool(row.before.unreadable) != bool(row.marked.unreadable):
        yield "it can be read now" if row.before.unreadable else "it cannot be read"
        return
    former = dict(_tests(row.before))
    for key, test in _tests(row.marked):
        task, name = key
        old = former.get(key)
        if old is None or (old.status, old.points) != (test.status, test.points):
            was = f"{_CAME[old.status]}, now " if old else "new: "
            title = " ".join(test.title.split()) or name
            yield f"{task}: {title} ({was}{_CAME[test.status]})"


_CAME = {"pass": "passed", "fail": "failed", "skip": "skipped", "error": "not run"}


def _tests(marked: Marked) -> Iterator[tuple[tuple[str, str], TestResult]]:
    for verdict in marked.verdicts:
        for test in verdict.tests:
            yield (verdict.task, test.id), test


def _few(tests: list[str]) -> str:
    more = len(tests) - MOST_CHANGES
    shown = tests[:MOST_CHANGES] + ([f"and {more} more"] if more > 0 else [])
    return "\n".join(shown)


def _stopped(marked: Marked) -> str:
    """The first cell that did not run to its end: it may be why points are missing."""
    return f" ({marked.problems[0].sentence})" if marked.problems else ""


def safe(text: str) -> str:
    """Text from outside, for a terminal: no markup, no control characters."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    return shown.replace("[", r"\[")


def write_csv(path: Path, rows: Iterable[Row], tasks: Iterable[str]) -> None:
    """One line a student: score, points by task, diagnosis. Whole, or not at all.

    Args:
        path: the file; a former one is replaced.
        rows: of everybody.
        tasks: the columns for points, which add up to the score and the penalty.
    """
    tasks = list(tasks)
    head = ["student", "score", "max_score", *tasks, "late_penalty", "needs_a_look"]
    half = path.with_name(f".{path.name}.half")
    with half.open("w", newline="", encoding="utf-8", errors="replace") as file:
        sheet = csv.writer(file)
        sheet.writerow([*head, "diagnosis", "first_failure"])
        for row in rows:
            score, most, penalty = _numbers(row)
            points = [_number(row.points(task)) for task in tasks]
            line = [row.student, score, most, *points, penalty, *_words(row)]
            sheet.writerow(map(harmless.cell, line))
    half.replace(path)


def _numbers(row: Row) -> tuple[str, str, str]:
    entry = row.entry
    if entry is None:
        return "", "", ""
    penalty = _number(entry.penalty) if entry.penalty else ""
    return _number(entry.score), _number(entry.max_score), penalty


def _number(points: float | None) -> str:
    return "" if points is None else f"{points:g}"


def _words(row: Row) -> list[str]:
    found = row.marked.first_failure
    test = found[1] if found else None
    look = "yes" if row.look or (row.entry and row.entry.needs_look) else ""
    told = "; ".join(filter(None, (row.note, diagnosis(row.marked))))
    return [look, (test and test.diagnosis) or "", told]
