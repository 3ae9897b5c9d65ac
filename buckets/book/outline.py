"""What the course says of itself: its parts, and of each lesson title, minutes, needs.

course.toml tells of the whole, and the metadata and texts of a notebook of one lesson.
Whatever shows the course is made from this: the map in README.md (tools/outline.py
writes it), the index of the book, and its JSON-LD.
"""

from __future__ import annotations

import json
import re
import textwrap
import tomllib
from collections.abc import Iterator
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
        practice: minutes that the exercise takes; None where it does not say.
    """

    topic: str
    title: str
    minutes: int | None
    needs: tuple[str, ...]
    objectives: tuple[str, ...]
    points: float
    practice: int | None = None

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
    given = topic.exercise.exists()
    return Lesson(
        topic.name,
        _title(texts, topic.lesson),
        told.get("minutes"),
        tuple(told.get("needs", [])),
        tuple(_objectives(texts)),
        sum(topic.tasks.values()) if given else 0,
        _metadata(topic.exercise).get("minutes") if given else None,
    )


def _metadata(path: Path) -> dict[str, Any]:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return dict(notebook["metadata"].get("buckets", {}))


def _title(texts: list[str], path: Path) -> str:
    first = texts[0].splitlines()[0] if texts else ""
    return re.sub(r"^# (Lesson \d\d: )?", "", first) or path.stem


def _objectives(texts: list[str]) -> list[str]:
    able = [text for text in texts if text.startswith("## You will be able to")]
    found = _OBJECTIVE.findall(able[0]) if able else []
    return [" ".join(each.split()).rstrip(";.") for each in found]


# The map in README.md ---------------------------------------------------------------

BEGIN, END = "<!-- map: begin -->", "<!-- map: end -->"
_WIDTH = 88


def with_map(readme: str) -> str:
    """The README with its map of the course as it has to be.

    Raises:
        ValueError: it has no place for one.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md has no {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{''.join(_map())}{END}{after}"


def _map() -> Iterator[str]:
    told = about()
    yield f"## For whom\n\n{textwrap.fill(told['needs'], _WIDTH)}\n\n"
    yield "## Afterwards you can\n\n"
    last = len(told["objectives"]) - 1
    for number, text in enumerate(told["objectives"]):
        mark = "." if number == last else ";"
        yield textwrap.fill(f"- {text}{mark}", _WIDTH, subsequent_indent="  ") + "\n"
    yield "\n## The lessons\n\n"
    for part in parts():
        yield f"**{part.name}**\n\n| lesson | minutes | needs | its exercise |\n"
        yield "|---|---:|---|---|\n"
        yield from map(_row, part.lessons)
        yield "\n"
    yield "What one can do after each stands at its top.\n"


def _row(lesson: Lesson) -> str:
    links = [f"[{need[:2]}](lessons/{need}.ipynb)" for need in lesson.needs]
    cells = (
        f"[{lesson.number} {lesson.title}](lessons/{lesson.topic}.ipynb)",
        "" if lesson.minutes is None else str(lesson.minutes),
        ", ".join(links) or "Python",
        exercise(lesson),
    )
    return f"| {' | '.join(cells)} |\n"


def exercise(lesson: Lesson) -> str:
    """Minutes and points of a lesson's exercise in words; "" where there is none."""
    points = f"{lesson.points:g} point" + "s" * (lesson.points != 1)
    minutes = [f"{lesson.practice} minutes"] if lesson.practice else []
    return ", ".join([*minutes, points]) if lesson.points else ""
