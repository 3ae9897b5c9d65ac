"""What happened to the cells of a notebook that are not the learner's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from buckets import course
from buckets.report.content import number


def named_otherwise(path: Path, topic: course.Topic) -> Iterator[str]:
    """A file that bears the name of one exercise and holds another."""
    if any(other.name in path.name for other in course.topics() if other != topic):
        yield (
            f"{path.name} holds another exercise: this is {topic.name}. Under this "
            "name it would be handed in as the wrong one."
        )


def oddities(notebook: dict[str, Any], topic: course.Topic) -> Iterator[str]:
    """What was done to the notebook that changes nothing, and might worry somebody."""
    cells = [cell for cell in notebook["cells"] if isinstance(cell, dict)]
    checks = [cell for cell in cells if course.is_check(cell)]
    marks = [cell["metadata"]["nbgrader"] for cell in checks]
    for name, count in Counter(str(mark.get("grade_id")) for mark in marks).items():
        if count > 1:
            yield f"the check cell {name} is there {count} times. It counts once."
    points = sum(_points(mark) for mark in marks)
    most = sum(topic.tasks.values())
    if len(marks) < len(topic.tasks):
        yield (
            f"{len(marks)} of {len(topic.tasks)} check cells are left. All tasks are "
            "graded all the same."
        )
    elif len(marks) == len(topic.tasks) and points != most:
        yield (
            f"the check cells speak of {number(points)} points. The exercise is worth "
            f"{number(most)}."
        )
    tagged = sum(map(_skips, cells))
    if tagged:
        yield f"{tagged} cells are tagged skip-execution. They were run all the same."


def _points(marks: dict[str, Any]) -> float:
    points = marks.get("points")
    return points if isinstance(points, int | float) else 0.0


def _skips(cell: dict[str, Any]) -> bool:
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return isinstance(tags, list) and "skip-execution" in tags
