"""What the course says of itself: its parts, and of each lesson title, minutes, needs.

course.toml tells of the whole, and the metadata and texts of a notebook of one lesson.
Whatever shows the course, the index and its JSON-LD, is made from this.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from buckets import course

_OBJECTIVE = re.compile(r"^- (.+?)(?=\n- |\n\n|\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Lesson:
    """One lesson, as the index shows it.

    Args:
        topic: its name, such as 05_select.
        title: its heading, without "Lesson 05: ".
        minutes: how long it takes, by its metadata; None where that does not say.
        needs: topics that come before it.
        objectives: what one can do afterwards.
        points: of its exercise; 0 where there is none.
    """

    topic: str
    title: str
    minutes: int | None
    needs: tuple[str, ...]
    objectives: tuple[str, ...]
    points: float

    @property
    def number(self) -> str:
        """Such as 05."""
        return self.topic[:2]


@dataclass(frozen=True)
class Part:
    """A part of the course and its lessons."""

    name: str
    lessons: tuple[Lesson, ...]


def about() -> dict[str, Any]:
    """What course.toml says of the whole."""
    text = (course.root() / "course.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def parts() -> list[Part]:
    """The parts in order; a lesson that is not there yet is left out."""
    there = {topic.name: topic for topic in course.topics()}
    found = []
    for part in about()["part"]:
        topics = [there[name] for name in part["topics"] if name in there]
        lessons = tuple(_lesson(topic) for topic in topics if topic.lesson.exists())
        found.append(Part(part["name"], lessons))
    return [part for part in found if part.lessons]


def _lesson(topic: course.Topic) -> Lesson:
    notebook = json.loads(topic.lesson.read_text(encoding="utf-8"))
    told = notebook["metadata"].get("buckets", {})
    texts = [
        "".join(cell["source"])
        for cell in notebook["cells"]
        if cell["cell_type"] == "markdown"
    ]
    return Lesson(
        topic.name,
        _title(texts, topic.lesson),
        told.get("minutes"),
        tuple(told.get("needs", [])),
        tuple(_objectives(texts)),
        sum(topic.tasks.values()) if topic.exercise.exists() else 0,
    )


def _title(texts: list[str], path: Path) -> str:
    first = texts[0].splitlines()[0] if texts else ""
    return re.sub(r"^# (Lesson \d\d: )?", "", first) or path.stem


def _objectives(texts: list[str]) -> list[str]:
    able = [text for text in texts if text.startswith("## You will be able to")]
    found = _OBJECTIVE.findall(able[0]) if able else []
    return [" ".join(each.split()).rstrip(";.") for each in found]
