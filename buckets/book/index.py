"""The first page of the book: the map of the course, and what machines read of it."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

from buckets import course
from buckets.book.frame import PICTURE, page, plain
from buckets.book.outline import Lesson, about, exercise, parts
from buckets.book.way import way
from buckets.predictions.outcome import inline

PLACE = "index.html"


def contents() -> str:
    """The page as HTML."""
    told = about()
    data = f'<script type="application/ld+json">{plain(_linked_data(told))}</script>\n'
    return page(told["title"], _body(told), place=PLACE, head=data)


def _body(told: dict[str, Any]) -> str:
    afterwards = "".join(f"<li>{inline(text)}</li>" for text in told["objectives"])
    return (
        f"<h1>{html.escape(told['title'])}</h1>\n"
        f"<p>{html.escape(told['subtitle'])}. {html.escape(told['description'])}</p>\n"
        f"{_picture()}"
        f"<h2>For whom</h2>\n<p>{inline(told['needs'])}</p>\n"
        f"<h2>Afterwards you can</h2>\n<ul>{afterwards}</ul>\n"
        f"<h2>The way through it</h2>\n{way(parts())}\n"
        f"{''.join(_map())}"
    )


def _picture() -> str:
    if not (course.root() / "docs" / PICTURE).exists():
        return ""
    alt = (
        "One person walks an aisle of buckets, which taps fill, and tips what is "
        "ready: a server of this course at work, drawn from the record of its run."
    )
    return f'<p><img class="hero" alt="{alt}" src="assets/{PICTURE}"></p>\n'


def _map() -> Iterator[str]:
    for part in parts():
        yield f'<h2>{html.escape(part.name)}</h2>\n<ol class="lessons">\n'
        yield from map(_item, part.lessons)
        yield "</ol>\n"


def _item(lesson: Lesson) -> str:
    afterwards = "".join(f"<li>{inline(text)}</li>" for text in lesson.objectives)
    return (
        f'<li><h3><a href="lessons/{lesson.topic}.html">'
        f"{lesson.number} {html.escape(lesson.title)}</a></h3>\n"
        f'<p class="facts">{" · ".join(_facts(lesson))}</p>\n'
        f"<details><summary>After lesson {lesson.number} you can</summary>"
        f"<ul>{afterwards}</ul></details></li>\n"
    )


def _facts(lesson: Lesson) -> Iterator[str]:
    if lesson.minutes:
        yield f"{lesson.minutes} minutes"
    needs = [f'<a href="lessons/{need}.html">{need[:2]}</a>' for need in lesson.needs]
    yield f"needs {', '.join(needs)}" if needs else "needs Python"
    if told := exercise(lesson):
        link = f"exercises/{lesson.topic}.html"
        yield f'<a href="{link}">exercise {lesson.number}</a>: {told}'


def _linked_data(told: dict[str, Any]) -> dict[str, Any]:
    """What search engines for learning material read: schema.org's words."""
    lessons = [each for part in parts() for each in part.lessons]
    course_ = {
        "@context": "https://schema.org",
        "@type": ["Course", "LearningResource"],
        "name": told["title"],
        "description": told["description"],
        "inLanguage": told["language"],
        "educationalLevel": told["level"],
        "coursePrerequisites": told["needs"],
        "teaches": told["objectives"],
        "timeRequired": _hours(sum(each.minutes or 0 for each in lessons)),
        "isAccessibleForFree": True,
        "keywords": told["keywords"],
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "author": [{"@type": "Organization", "name": name} for name in told["authors"]],
        "hasPart": [_resource(each, lessons) for each in lessons],
    }
    # No address is made up: without one the course has none.
    return {**course_, **({"url": told["repository"]} if told["repository"] else {})}


def _resource(lesson: Lesson, lessons: list[Lesson]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@type": "LearningResource",
        "name": _name(lesson),
        "learningResourceType": "lesson",
        "teaches": list(lesson.objectives),
        "competencyRequired": [
            _name(each) for each in lessons if each.topic in lesson.needs
        ],
        "url": f"lessons/{lesson.topic}.html",
    }
    if lesson.minutes:
        found["timeRequired"] = _hours(lesson.minutes)
    return found


def _name(lesson: Lesson) -> str:
    return f"Lesson {lesson.number}: {lesson.title}"


def _hours(minutes: int) -> str:
    """A length of time as ISO 8601 has it."""
    return f"PT{minutes}M"
