"""A state diagram: the modes of a machine, and what leads from one to another.

Everything that is drawn is given: the states with their places, and the arrows with
their words. There is no layout to be guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from buckets.pictures import still
from buckets.pictures.picture import Picture

WIDTH, HEIGHT, EDGE = 700, 96, 44
WIDE, TALL = 106, 40
"""Pixels of the box of a state."""
LINE = 14

INK = (
    ".ab-ma text{font:12px var(--jp-ui-font-family,system-ui,'Segoe UI',sans-serif);"
    "fill:currentColor;text-anchor:middle}.ab-ma .b{font-weight:600;font-size:13px}"
    ".ab-ma .e{text-anchor:end}.ab-ma .s{text-anchor:start}"
    ".ab-ma .l{fill:none;stroke:currentColor;stroke-opacity:.7;stroke-width:1.3}"
    ".ab-ma .t{fill:currentColor}.ab-ma .p{fill:none}"
    ".ab-ma .n{fill:#3f86c6;fill-opacity:.16;stroke:#3f86c6;stroke-width:1.6}"
    ".ab-ma .h{fill:#e08a3c;fill-opacity:.3;stroke:#d06a14;stroke-width:2.4}"
)

Point = tuple[float, float]
Arrow = tuple[str, str, str]


def draw_machine(
    states: Mapping[str, Point], arrows: Sequence[Arrow], at: str = ""
) -> Picture:
    """Draw a state machine.

    Args:
        states: each with its column and its row, from the upper left, in any unit; the
            picture is 3 columns wide.
        arrows: from which state, to which, and what for; a newline breaks that. Two
            arrows between the same states are bent apart.
        at: the state in which it is now, which is drawn thicker.
    """
    places = {
        name: (WIDTH / 2 + (x - 1) * 242, EDGE + y * HEIGHT)
        for name, (x, y) in states.items()
    }
    parts = [_arrow(places, each, arrows) for each in arrows]
    parts += [_state(name, place, name == at) for name, place in places.items()]
    size = WIDTH, round(max(y for _, y in places.values()) + EDGE)
    words = _words(arrows, at)
    image = still.svg("ab-ma", parts, size, INK + still.alone("ab-ma"))
    alt, inline = words.replace("\n", " "), still.svg("ab-ma", parts, size)
    shown = still.html("ab-machine", INK, alt, image, inline, WIDTH)
    return Picture(shown, words, image)


def _words(arrows: Sequence[Arrow], at: str) -> str:
    told = ["A state machine."]
    for here, there, why in arrows:
        where = f"It stays in {here}" if here == there else f"From {here} to {there}"
        told.append(f"{where}: {' '.join(why.split())}.")
    return "\n".join([*told, *([f"It is in {at} now."] if at else [])])


def _state(name: str, place: Point, now: bool) -> str:
    x, y = place
    box = f'x="{x - WIDE / 2:g}" y="{y - TALL / 2:g}" width="{WIDE}" height="{TALL}"'
    return (
        f'<rect class="{"h" if now else "n"}" {box} rx="12"/>'
        f'<text class="b" x="{x:g}" y="{y + 4.5:g}">{escape(name)}</text>'
    )


def _arrow(places: Mapping[str, Point], arrow: Arrow, arrows: Sequence[Arrow]) -> str:
    here, there, why = arrow
    if here == there:
        return _loop(places[here], why)
    back = any((one, other) == (there, here) for one, other, _ in arrows)
    (ax, ay), (bx, by) = places[here], places[there]
    length = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
    # To the left of who walks along it, so that the way back lies on the other side.
    aside = (by - ay) / length, (ax - bx) / length
    bend = 46 if back else 0
    over = (ax + bx) / 2 + aside[0] * bend, (ay + by) / 2 + aside[1] * bend
    curve = [_on((ax, ay), over, (bx, by), step / 60) for step in range(61)]
    seen = [p for p in curve if _outside(p, (ax, ay), 0) and _outside(p, (bx, by), 5)]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in seen)
    middle = _on((ax, ay), over, (bx, by), 0.5)
    if _inside(places, middle, aside) if not back else abs(aside[0]) < 0.2:
        aside = -aside[0], -aside[1]
    return (
        f'<path class="l" d="{path}"/>{_head(seen[-3], seen[-1])}'
        f"{_label(middle, aside, why)}"
    )


def _inside(places: Mapping[str, Point], point: Point, aside: Point) -> bool:
    """Whether that side of an arrow is the one where the other states are."""
    x, y = (sum(place[n] for place in places.values()) / len(places) for n in (0, 1))
    return (x - point[0]) * aside[0] + (y - point[1]) * aside[1] > 0


def _on(a: Point, over: Point, b: Point, t: float) -> Point:
    """A point of the curve from a to b that is drawn towards `over`."""
    u = 1 - t
    x, y = (u * u * a[n] + 2 * u * t * over[n] + t * t * b[n] for n in (0, 1))
    return x, y


def _outside(point: Point, place: Point, gap: float) -> bool:
    return (
        abs(point[0] - place[0]) > WIDE / 2 + gap
        or abs(point[1] - place[1]) > TALL / 2 + gap
    )


def _head(before: Point, tip: Point) -> str:
    dx, dy = tip[0] - before[0], tip[1] - before[1]
    length = (dx * dx + dy * dy) ** 0.5 or 1
    dx, dy = dx / length, dy / length
    corners = [
        (tip[0] + 4 * dx, tip[1] + 4 * dy),
        (tip[0] - 5 * dx - 4 * dy, tip[1] - 5 * dy + 4 * dx),
        (tip[0] - 5 * dx + 4 * dy, tip[1] - 5 * dy - 4 * dx),
    ]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners) + "Z"
    return f'<path class="t" d="{path}"/>'


def _label(point: Point, aside: Point, why: str) -> str:
    lines = why.split("\n")
    x, y = point[0] + 9 * aside[0], point[1] + 9 * aside[1]
    side = "s" if aside[0] > 0.2 else "e" if aside[0] < -0.2 else ""
    up = aside[1] < 0
    first = y - LINE * (len(lines) - 1) if up else y + LINE * 0.7
    return _text(side, x, first, lines)


def _text(side: str, x: float, y: float, lines: Sequence[str]) -> str:
    return "".join(
        f'<text class="{side}" x="{x:.1f}" y="{y + number * LINE:.1f}">'
        f"{escape(line)}</text>"
        for number, line in enumerate(lines)
    )


def _loop(place: Point, why: str) -> str:
    """An arrow that leads back to where it starts, above the state."""
    x, top = place[0], place[1] - TALL / 2
    path = f"M{x - 16:g} {top:g}C{x - 44:g} {top - 44:g} {x + 44:g} {top - 44:g} "
    path += f"{x + 18:g} {top - 6:g}"
    head = _head((x + 24, top - 15), (x + 18, top - 6))
    lines = why.split("\n")
    text = _text("", x, top - 40 - LINE * (len(lines) - 1), lines)
    return f'<path class="l" d="{path}"/>{head}{text}'
