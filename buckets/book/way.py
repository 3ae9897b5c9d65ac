"""The way through the course as a drawing: which lesson needs which."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence

from buckets.book.outline import Lesson, Part

# Pixels. A drawing that fits a phone at its own size: nobody has to scroll sideways.
STEP, RADIUS, ROW, LEFT, TOP = 52, 19, 92, 40, 52
_HEAD = 7


def way(parts: Sequence[Part]) -> str:
    """An SVG: a row for each part, a circle for each lesson, an arrow for each need.

    What it shows stands as text in the list below it, so it needs no links.
    """
    places = dict(_places(parts))
    lessons = [each for part in parts for each in part.lessons]
    width = max((x for x, _ in places.values()), default=0) + LEFT
    height = len(parts) * ROW + 10
    drawn = [_title(row, part) for row, part in enumerate(parts)]
    drawn += [
        _arrow(places[need], places[each.topic]) for each, need in _needs(lessons)
    ]
    drawn += [_circle(each, *places[each.topic]) for each in lessons]
    words = html.escape(_words(lessons))
    return (
        f'<svg class="way" role="img" aria-label="{words}" '
        f'viewBox="0 0 {width} {height}">{"".join(drawn)}</svg>'
    )


def _places(parts: Sequence[Part]) -> Iterator[tuple[str, tuple[int, int]]]:
    for row, part in enumerate(parts):
        for column, lesson in enumerate(part.lessons):
            yield lesson.topic, (LEFT + column * STEP, TOP + row * ROW)


def _needs(lessons: Sequence[Lesson]) -> Iterator[tuple[Lesson, str]]:
    there = {each.topic for each in lessons}
    for lesson in lessons:
        yield from ((lesson, need) for need in lesson.needs if need in there)


def _title(row: int, part: Part) -> str:
    y = TOP + row * ROW - RADIUS - 12
    # Beside the arrows that come down to its first lesson.
    return f'<text class="part" x="{LEFT + 10}" y="{y}">{html.escape(part.name)}</text>'


def _arrow(start: tuple[int, int], end: tuple[int, int]) -> str:
    """From a lesson to one that needs it; over others in between it goes in a bow."""
    (x, y), (to_x, to_y) = start, end
    if y != to_y:
        head = (to_x, to_y - RADIUS, "down")
        line = f"M{x} {y + RADIUS}V{to_y - RADIUS - _HEAD}"
    elif to_x - x == STEP:
        head = (to_x - RADIUS, to_y, "right")
        line = f"M{x + RADIUS} {y}H{to_x - RADIUS - _HEAD}"
    else:
        low = y + RADIUS + 16
        head = (to_x, to_y + RADIUS, "up")
        line = f"M{x} {y + RADIUS}Q{x} {low} {(x + to_x) // 2} {low}"
        line += f"T{to_x} {to_y + RADIUS + _HEAD}"
    return f'<path d="{line}"/>{_point(*head)}'


def _point(x: int, y: int, towards: str) -> str:
    """The head of an arrow, whose tip is at x, y."""
    across, along = 5, _HEAD + 1
    corners = {
        "right": f"l-{along} -{across}v{2 * across}z",
        "down": f"l-{across} -{along}h{2 * across}z",
        "up": f"l-{across} {along}h{2 * across}z",
    }
    return f'<path class="head" d="M{x} {y}{corners[towards]}"/>'


def _circle(lesson: Lesson, x: int, y: int) -> str:
    return (
        f'<circle cx="{x}" cy="{y}" r="{RADIUS}"/>'
        f'<text x="{x}" y="{y + 5}">{lesson.number}</text>'
    )


def _words(lessons: Sequence[Lesson]) -> str:
    told = [
        f"{each.number} needs {' and '.join(need[:2] for need in each.needs)}"
        for each in lessons
        if each.needs
    ]
    return f"The lessons and what each needs: {', '.join(told)}."
