"""`progress()`: how far a learner is, across the course.

Every check leaves its result in a small file in the folder of the course. Two kernels
may check at once, and a file that was damaged costs the record and nothing else.
"""

from __future__ import annotations

import fcntl
import html
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from buckets import course
from buckets.report.content import number
from buckets.verdict import Verdict


def _folder() -> Path:
    return course.root() / ".buckets"


def _file() -> Path:
    return _folder() / "progress.json"


def record(verdict: Verdict) -> None:
    """Remember a result; the best one counts.

    A folder that cannot be written to costs the record and nothing else.
    """
    with suppress(OSError), _alone():
        best = read()
        points = max(best.get(verdict.task, 0.0), verdict.points)
        if not verdict.errors:
            _write({**best, verdict.task: points})


def read() -> dict[str, float]:
    """Points by task; empty where there is no record, or none that can be read."""
    try:
        found = json.loads(_file().read_text())
        return {str(task): float(points) for task, points in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the lock: two kernels may check at the same time."""
    _folder().mkdir(exist_ok=True)
    with open(_folder() / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(points: dict[str, float]) -> None:
    # Whole or not at all: the new file takes the old one's place in one step.
    descriptor, name = tempfile.mkstemp(dir=_folder())
    with open(descriptor, "w") as file:
        json.dump(points, file, indent=1, sort_keys=True)
    os.replace(name, _file())


@dataclass(frozen=True)
class Row:
    """One task: what it is worth, and what was earned so far."""

    topic: str
    task: str
    points: float
    most: float

    @property
    def bar(self) -> str:
        """Ten steps, filled as far as the points go."""
        filled = round(10 * self.points / self.most) if self.most else 0
        return "█" * filled + "░" * (10 - filled)


class Progress:
    """How far the learner is; a notebook shows it as a table."""

    def __init__(self) -> None:
        best = read()
        self.rows = [
            Row(topic.name, task, min(best.get(task, 0.0), most), most)
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
            score = f"{number(row.points)} of {number(row.most)}"
            lines.append(f"  {row.task:<{wide}}  {row.bar}  {score}")
        return "\n".join([*lines, self.total])

    def _repr_html_(self) -> str:
        rows = "\n".join(
            f'<tr><td style="text-align:left">{html.escape(row.topic)}</td>'
            f'<td style="text-align:left"><code>{html.escape(row.task)}</code></td>'
            f'<td aria-hidden="true">{row.bar}</td>'
            f"<td>{number(row.points)} of {number(row.most)}</td></tr>"
            for row in self.rows
        )
        return (
            '<table><thead><tr><th style="text-align:left">exercise</th>'
            '<th style="text-align:left">task</th><th></th><th>points</th></tr></thead>'
            f"<tbody>{rows}</tbody></table><p>{self.total}</p>"
        )


def progress() -> Progress:
    """How far you are: every task of the course, with the points of your best check."""
    return Progress()
