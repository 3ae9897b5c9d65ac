"""`progress()`: how far a learner is, across the course.

Every check leaves its result in a small file in the folder of the course; see
buckets/notebook/kept.py.
"""

from __future__ import annotations

import html
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from buckets import course
from buckets.notebook import kept
from buckets.report.content import number
from buckets.verdict import Verdict

FILE = "progress.json"


@dataclass(frozen=True)
class Points:
    """Of one task: the best result so far, and the latest.

    `checks` counts all checks of it, and `since` those after which it was no better.
    """

    best: float
    last: float
    checks: int = 0
    since: int = 0


def record(verdict: Verdict) -> None:
    """Remember a result; the best one counts.

    A folder that cannot be written to costs the record and nothing else. A result
    with a fault of the grader's in it is no result.
    """
    if verdict.errors:
        return
    with suppress(OSError):
        kept.change(FILE, lambda content: _with(_points(content), verdict))


def _with(known: dict[str, Points], verdict: Verdict) -> dict[str, dict[str, float]]:
    """What the file is to hold from now on."""
    former = known.get(verdict.task, Points(0.0, 0.0))
    best = max(former.best, verdict.points)
    better = verdict.points > former.best or verdict.full
    since = 0 if better else former.since + 1
    points = Points(best, verdict.points, former.checks + 1, since)
    now = {**known, verdict.task: points}
    return {task: asdict(points) for task, points in now.items()}


def read() -> dict[str, Points]:
    """Points by task; empty where there is no record, or none that can be read."""
    return _points(kept.read(FILE))


def points_of(task: str) -> float:
    """The best that is recorded of a task."""
    return read().get(task, Points(0.0, 0.0)).best


def _points(content: Any) -> dict[str, Points]:
    try:
        return {
            str(task): Points(
                float(points["best"]),
                float(points["last"]),
                # A file of before this was counted has neither.
                int(points.get("checks", 0)),
                int(points.get("since", 0)),
            )
            for task, points in content.items()
        }
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError):
        return {}


@dataclass(frozen=True)
class Row:
    """One task: what it is worth, and what was earned so far.

    `last` is None where it was never checked.
    """

    topic: str
    task: str
    points: float
    last: float | None
    most: float

    @property
    def bar(self) -> str:
        """Ten steps, filled as far as the points go."""
        filled = int(10 * self.points / self.most) if self.most else 0
        return "█" * filled + "░" * (10 - filled)

    @property
    def score(self) -> str:
        """The best result, and the latest where that was another."""
        score = f"{number(self.points)} of {number(self.most)}"
        if self.last is None:
            return f"{score}, not checked yet"
        if self.last < self.points:
            return f"{score}, last time {number(self.last)}"
        return score


class Progress:
    """How far the learner is; a notebook shows it as a table."""

    def __init__(self) -> None:
        known = read()
        self.rows = [
            _row(topic.name, task, most, known.get(task))
            for topic in course.topics()
            for task, most in topic.tasks.items()
        ]

    @property
    def total(self) -> str:
        """All points so far, of all there are."""
        points = sum(row.points for row in self.rows)
        most = sum(row.most for row in self.rows)
        return f"{number(points)} of {number(most)} points"

    def __repr__(self) -> str:
        wide = max((len(row.task) for row in self.rows), default=0)
        lines, topic = [], ""
        for row in self.rows:
            if row.topic != topic:
                topic = row.topic
                lines.append(topic)
            lines.append(f"  {row.task:<{wide}}  {row.bar}  {row.score}")
        return "\n".join([*lines, self.total])

    def _repr_html_(self) -> str:
        rows = "\n".join(
            f'<tr><td style="text-align:left">{html.escape(row.topic)}</td>'
            f'<td style="text-align:left"><code>{html.escape(row.task)}</code></td>'
            f'<td aria-hidden="true">{row.bar}</td>'
            f'<td style="text-align:left">{row.score}</td></tr>'
            for row in self.rows
        )
        return (
            '<table><thead><tr><th style="text-align:left">exercise</th>'
            '<th style="text-align:left">task</th><th></th><th>points</th></tr></thead>'
            f"<tbody>{rows}</tbody></table><p>{self.total}</p>"
        )


def _row(topic: str, task: str, most: float, known: Points | None) -> Row:
    # A task may have been worth more once, and a file may hold anything.
    best = min(max(0.0, known.best), most) if known else 0.0
    return Row(topic, task, best, known.last if known else None, most)


def progress() -> Progress:
    """How far you are: every task of the course, with the points of your best check."""
    return Progress()
