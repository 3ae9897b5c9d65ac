"""What the page shows, as CSV: a line for each learner and test.

From these lines everything on the page can be counted anew, in a spreadsheet or pandas.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from buckets.classroom import harmless
from buckets.overview.gathered import Gathered, Learner, Test

HEAD = (
    *("topic", "learner", "name", "score", "task", "task_points", "task_max"),
    *("checks", "checks_in_vain", "test", "title", "status", "points", "max_points"),
    *("misconception", "run_again", "seconds", "note"),
)


def write(path: Path, topics: Iterable[Gathered]) -> None:
    """Write the table; a former one is replaced as a whole.

    Args:
        path: the file.
        topics: from gather().
    """
    half = path.with_name(f".{path.name}.half")
    with half.open("w", newline="", encoding="utf-8", errors="replace") as file:
        table = csv.writer(file)
        table.writerow(HEAD)
        for found in topics:
            for learner in found.learners:
                for line in _lines(found, learner):
                    table.writerow([harmless.cell(word) for word in line])
    half.replace(path)


def _lines(found: Gathered, learner: Learner) -> Iterator[list[object]]:
    for task, most in found.topic.tasks.items():
        counted = learner.checks.get(task)
        about = [
            *(found.topic.name, learner.student, learner.shown),
            _plain(learner.score),
            *(task, _plain(learner.points.get(task)), _plain(most)),
            counted.checks if counted else "",
            counted.since if counted else "",
        ]
        why = learner.look or learner.note or learner.empty.get(task, "")
        tests = [test for test in learner.tests if test.task == task]
        for told in map(_test, tests) if tests else [[""] * 7]:
            yield [*about, *told, _plain(learner.seconds), " ".join(why.split())]


def _test(test: Test) -> list[object]:
    points = (_plain(test.points), _plain(test.max_points))
    return [test.id, test.title, test.status, *points, test.misconception, test.again]


def _plain(points: float | None) -> str:
    return "" if points is None else f"{points:g}"
