"""What the search of the book looks through: each section, term and misconception."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator

from buckets import course
from buckets.book import glossary
from buckets.book.frame import anchor
from buckets.diagnosis.catalogue import catalogue

_TAG = re.compile(r"<[^>]+>")
# Markdown's signs, which nobody searches for; a link's address among them.
_SIGNS = re.compile(r"\]\([^)]*\)|[`*\[\]#>|]+")


def words() -> list[dict[str, str]]:
    """Every place with its title and its text, in the order of the book."""
    found = [each for topic in course.topics() for each in _of(topic)]
    return [*found, *_terms(), *_beliefs()]


def _of(topic: course.Topic) -> Iterator[dict[str, str]]:
    for room, path in (("lessons", topic.lesson), ("exercises", topic.exercise)):
        if path.exists():
            text = path.read_text(encoding="utf-8")
            yield from _sections(f"{room}/{topic.name}.html", text)


def _sections(place: str, text: str) -> Iterator[dict[str, str]]:
    """A notebook's sections: from one heading to the next."""
    page, title, where, gathered = "", "", place, list[str]()
    for heading, piece in _pieces(text):
        if heading:
            if gathered:
                yield _entry(title, where, gathered)
            name = _SIGNS.sub("", heading).strip()
            page = page or name
            title = name if name == page else f"{page} › {name}"
            where = place if name == page else f"{place}#{anchor(heading)}"
            gathered = []
        gathered.append(piece)
    if gathered:
        yield _entry(title, where, gathered)


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """A notebook's texts, cut before each heading; "" for what has none."""
    for cell in json.loads(text)["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] != "markdown":
            yield "", source
            continue
        # A line that begins with # in a fence is a comment.
        fenced = 0
        for piece in re.split(r"^(?=#+ )", source, flags=re.MULTILINE):
            heading = re.match(r"#+ (.+)", piece)
            yield heading[1] if heading and not fenced % 2 else "", piece
            fenced += piece.count("```")


def _terms() -> Iterator[dict[str, str]]:
    for word in glossary.words():
        place = f"glossary.html#{anchor(word.term)}"
        yield _entry(f"Glossary › {word.term}", place, [word.meaning])


def _beliefs() -> Iterator[dict[str, str]]:
    for one in catalogue().values():
        place = f"misconceptions/{one.id}.html"
        yield _entry(f"{one.id}: {_SIGNS.sub('', one.name)}", place, [one.cause])


def _entry(title: str, place: str, gathered: list[str]) -> dict[str, str]:
    text = _SIGNS.sub("", _TAG.sub(" ", html.unescape(" ".join(gathered))))
    return {"title": title, "place": place, "text": " ".join(text.split())}
