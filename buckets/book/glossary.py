"""The glossary: what the lessons have named, with the place where each was named first.

A lesson lists its words in the cell `words`, with their meaning, and has them in bold
where the idea first occurs. Nothing else is the source of the page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from buckets import course
from buckets.predictions.questions import questions_of

_ENTRY = re.compile(r"^- \*\*(.+?)\*\*: (.+?)(?=\n- |\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Word:
    """A term, its meaning in a sentence, and the lesson that names it first."""

    term: str
    meaning: str
    lesson: str


def lessons() -> list[Path]:
    """The lessons by number."""
    return sorted((course.root() / "lessons").glob("[0-9]*.ipynb"))


def texts(path: Path) -> dict[str, str]:
    """A lesson's texts: by the id of their cell, or of the prediction they explain."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    found = {
        cell["id"]: "".join(cell["source"])
        for cell in cells
        if cell["cell_type"] == "markdown"
    }
    explained = questions_of(path.stem)
    return found | {each.name: each.because for each in explained}


def words_of(path: Path) -> Iterator[Word]:
    """The words that a lesson lists."""
    for term, meaning in _ENTRY.findall(texts(path).get("words", "")):
        yield Word(term, " ".join(meaning.split()), path.stem)


def words() -> list[Word]:
    """All of them, by the alphabet."""
    found = [word for path in lessons() for word in words_of(path)]
    return sorted(found, key=lambda word: word.term.casefold())


def page() -> str:
    """The glossary as a page."""
    lines = [
        "# Glossary",
        "",
        "Made from the lessons by `python tools/glossary.py`; do not edit it here.",
        "",
        "| word | what it means | named in |",
        "|---|---|---|",
    ]
    for word in words():
        place = f"[lesson {word.lesson[:2]}](../lessons/{word.lesson}.ipynb)"
        lines.append(f"| **{word.term}** | {word.meaning} | {place} |")
    return "\n".join([*lines, ""])
