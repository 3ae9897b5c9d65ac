"""Where a learner is and what is next; and what is told at full marks."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from buckets import course
from buckets.notebook.progress import Points, read
from buckets.report.content import number, of


@dataclass(frozen=True)
class Place:
    """How far a learner is.

    Args:
        points, most: of the whole course.
        topic: the first exercise in which points are left; None where there is none.
        task: the first task in it that has points left.
        earned, worth: of that exercise.
        begun: whether anything has been checked at all.
    """

    points: float
    most: float
    topic: course.Topic | None = None
    task: str = ""
    earned: float = 0.0
    worth: float = 0.0
    begun: bool = False

    @property
    def next(self) -> str:
        """What to do next, as a sentence."""
        if self.topic is None:
            return "All of it is done."
        if not self.earned:
            return f"Next: lesson {self.topic.name}, and then {self.task}."
        return f"Next: {self.task}, in exercise {self.topic.name}."


def place(
    known: Mapping[str, Points] | None = None, at: course.Topic | None = None
) -> Place:
    """Where the learner is, by the points of the best checks.

    Args:
        known: the points; those that are kept, by default.
        at: the exercise at hand. What is next is looked for from there on, and then
            from the beginning: whoever has passed over a lesson meant to.
    """
    known = read() if known is None else known
    topics = course.topics()
    begin = topics.index(at) if at in topics else 0
    topics = [*topics[begin:], *topics[:begin]]
    most = sum(sum(topic.tasks.values()) for topic in topics)
    points = sum(_earned(topic, known) for topic in topics)
    for topic in topics:
        for task, worth in topic.tasks.items():
            if _best(task, worth, known) < worth:
                earned, all_of_it = _earned(topic, known), sum(topic.tasks.values())
                begun = bool(known)
                return Place(points, most, topic, task, earned, all_of_it, begun)
    return Place(points, most, begun=bool(known))


def _best(task: str, worth: float, known: Mapping[str, Points]) -> float:
    # A file may hold anything, and a task may have been worth more once.
    return min(max(0.0, known[task].best), worth) if task in known else 0.0


def _earned(topic: course.Topic, known: Mapping[str, Points]) -> float:
    return sum(_best(task, worth, known) for task, worth in topic.tasks.items())


def at_full_marks(task: str) -> list[str]:
    """What is told below a report at full marks, in two to four sentences."""
    topic = course.topic_of_task(task)
    if topic is None:
        return []
    known = read()
    here, told = place(known, topic), _told().get(task, {})
    lines = [
        f"What it does that many do not: {told['does']}" if told else "",
        f"What will hurt next: {told['hurts']}" if told else "",
        f"{topic.name}: {of(_earned(topic, known), sum(topic.tasks.values()))}. "
        f"The course: {number(here.points)} of {number(here.most)}. {here.next}",
    ]
    return [line for line in lines if line]


@cache
def _told() -> dict[str, dict[str, str]]:
    path = Path(__file__).with_suffix(".toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
