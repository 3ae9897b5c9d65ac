"""The aisle as a static SVG: the poster, and the drawing that the player moves.

Everything that can ever be seen is in the file; attributes and the style sheet
(picture.css) choose. So the player redraws nothing, it only sets attributes. There
are no ids and no <defs>, because many pictures share one page.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from importlib.resources import files
from xml.sax.saxutils import escape, quoteattr

from buckets.pictures.aisle.look import (
    BANDS,
    CHAIR_X,
    DOOR_X,
    FLOOR,
    RIGHT,
    WIDTH,
    Look,
    look,
)
from buckets.pictures.aisle.state import Scene, State

NAME, TAP, SAID = 30, 40, 78
STREET, WALL, FRONT, BACK = 90, 140, 184, 332
DEEP, SMALL = 38, 30
"""Height of a bucket in the aisle and on the street, in pixels."""
NARROW, MOST_SAID = 64, 24
"""Pixels of a column, and characters of what is poured."""
HEIGHT, FOOT = 406, 17
VALUES = (
    (FRONT + DEEP + 14, "unread", "unread"),
    (BACK + DEEP + 13, "way", "on the way"),
    (BACK + DEEP + 26, "sent", "sent in all"),
)
"""Rows of numbers: where they stand, what `look` calls them, and their labels."""

LIGHT = (
    "--ab-ink:#24292f;--ab-soft:#6a7480;--ab-paper:#ffffff;--ab-tint:#eef1f4;"
    "--ab-groove:#c9d0d7;"
    "--ab-blue:#3f86c6;--ab-blue-text:#1f5f9c;"
    "--ab-orange:#c2570c;--ab-orange-text:#a84a08;--ab-on:#ffffff"
)
DARK = (
    "--ab-ink:#e4e8ec;--ab-soft:#98a3ae;--ab-paper:#16191d;--ab-tint:#262b31;"
    "--ab-groove:#3c444d;"
    "--ab-blue:#3f86c6;--ab-blue-text:#8fc3f2;"
    "--ab-orange:#f0913a;--ab-orange-text:#f5a862;--ab-on:#1b1206"
)


def asset(name: str) -> str:
    """The text of a file beside this one."""
    return (files("buckets.pictures.aisle") / name).read_text(encoding="utf-8")


def poster_style() -> str:
    """Colours for a picture that cannot see the page it stands on."""
    return (
        f":root{{{LIGHT}}}@media (prefers-color-scheme:dark){{:root{{{DARK}}}}}"
        + " ".join(asset("picture.css").split())
    )


def svg(scene: Scene, state: State, foot: Iterable[str] = (), style: str = "") -> str:
    """Draw a state.

    Args:
        scene: with `columns`.
        state: what `state_at` returned.
        foot: sentences below the drawing; the player has its own place for them.
        style: a style sheet, for a picture that stands alone.

    Returns:
        An SVG document, 700 units wide.
    """
    shown = look(scene, state)
    lines = [part for text in foot for part in textwrap.wrap(text, 104)]
    ground = HEIGHT + (14 if scene["rest"] else 0)
    height = ground + (FOOT * len(lines) + 14 if lines else 0)
    body = [
        _room(scene),
        *(_pair(scene, shown["pairs"][n], n) for n in range(len(scene["pairs"]))),
        _door(shown["door"]),
        *(_person(scene, shown["people"][n], n) for n in range(len(scene["people"]))),
        _text("ab-rest ab-row", 8, HEIGHT + 4, shown["rest"]),
        _foot(lines, ground),
    ]
    head = (
        '<svg xmlns="http://www.w3.org/2000/svg" class="ab-svg" '
        f'data-ground="{ground}" data-rows="{_rows(shown)}" '
        f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'role="presentation">'
    )
    sheet = f"<style>{escape(style)}</style>" if style else ""
    paper = f'<rect class="ab-inside ab-ground" width="{WIDTH}" height="{height}"/>'
    return head + sheet + paper + "".join(body) + "</svg>"


def _rows(shown: Look) -> str:
    """The rows that have something to show."""
    return " ".join(name for name, full in shown["rows"].items() if full)


def _text(classes: str, x: float, y: float, text: str = "", extra: str = "") -> str:
    return f'<text class="{classes}" x="{x:g}" y="{y:g}"{extra}>{escape(text)}</text>'


def _path(classes: str, d: str) -> str:
    return f'<path class="{classes}" d="{d}"/>'


def _data(values: Look, names: str) -> str:
    return "".join(
        f" data-{name}={quoteattr(str(values[name]))}" for name in names.split()
    )


def _foot(lines: list[str], ground: int) -> str:
    if not lines:
        return ""
    top = ground + 18
    texts = [_text("ab-foot", 8, top + FOOT * n, line) for n, line in enumerate(lines)]
    rule = _path("ab-faint", f"M8 {ground}H{WIDTH - 8}")
    return f'<g class="ab-footer">{rule}{"".join(texts)}</g>'


# --- the room ---------------------------------------------------------------------


def _room(scene: Scene) -> str:
    rows = {
        NAME: "clients",
        STREET + 18: "at the door",
        FRONT + 16: "front",
        FRONT + 28: "buckets",
        BACK + 18: "back",
        BACK + 30: "buckets",
    }
    labels = [_text("ab-row", 8, y, text) for y, text in rows.items()]
    for y, name, text in VALUES:
        labels.append(_text(f"ab-row ab-of-{name}", 8, y, text))
    lane = f'<rect class="ab-tint" x="4" y="{FRONT + DEEP + 18}" '
    lane += f'width="{WIDTH - 8}" height="{FLOOR - FRONT - DEEP - 14}" rx="6"/>'
    more = ""
    if scene["rest"]:
        x = scene["columns"]["rest"]
        more = _text("ab-name", x, NAME, f"+{scene['rest']}")
    return "".join(labels) + lane + _wall() + _chair() + more


def _wall() -> str:
    """A wall with a gap where the door is."""
    parts = []
    for left, right in ((8, DOOR_X - 20), (DOOR_X + 20, WIDTH - RIGHT + 4)):
        bricks = "".join(f"M{x} {WALL}v8" for x in range(left + 18, right - 6, 18))
        parts.append(
            f'<rect class="ab-wall" x="{left}" y="{WALL}" width="{right - left}" '
            f'height="8"/>' + _path("ab-brick", bricks)
        )
    return "".join(parts)


def _chair() -> str:
    return f'<g transform="translate({CHAIR_X} {FLOOR})">{CHAIR}</g>'


CHAIR = _path("ab-line", "M-10 0V-34M-10 -16H7V0")


def _door(door: Look) -> str:
    leaf = _path("ab-line", f"M{DOOR_X - 20} {WALL + 4}l18 18")
    swing = _path("ab-faint", f"M{DOOR_X - 2} {WALL + 22}q18 -4 22 -14")
    up = f'<g transform="translate({DOOR_X + 24} {WALL + 26})">{flag("r", 10)}</g>'
    count = _text("ab-queue", DOOR_X, WALL - 8, door["text"])
    return f'<g class="ab-door"{_data(door, "flag")}>{leaf}{swing}{up}{count}</g>'


def flag(letter: str, rise: int) -> str:
    """A mailbox flag on a pole that begins at the origin: drawn only while it is up."""
    up = (
        _path("ab-line", f"M0 {rise}V-12")
        + '<rect class="ab-cloth" x="0" y="-12" width="17" height="11"/>'
        + _path("ab-stripe", "M10.5 -1.5l3 -10M14 -1.5l3 -10")
        + _text("ab-letter", 6, -3.5, letter)
    )
    return f'<g class="ab-up">{up}</g>'


# --- one pair ---------------------------------------------------------------------


def _pair(scene: Scene, pair: Look, number: int) -> str:
    pitch = scene["columns"]["pitch"]
    wide = min(44, pitch * 62 // 100)
    attributes = "place tap level back flag short shut now"
    parts = [
        _name(scene, number, pitch),
        tap(TAP),
        _street(pair, wide),
        _inner(pair, wide),
        f'<g class="ab-trace">{_outline("ab-faint ab-ghost", FRONT, DEEP, wide)}</g>',
        _text("ab-amount", 0, FRONT + DEEP + 14, pair["amount"]),
        _text("ab-behind", 0, BACK + DEEP + 13, pair["behind"]),
        _text("ab-sent ab-quiet", 0, BACK + DEEP + 26, pair["sent"]),
        BROKEN_SIGN,
        _said(scene, pair, number),
    ]
    place = f'transform="translate({scene["columns"]["x"][number]} 0)"'
    return (
        f'<g class="ab-pair" data-pair="{number}"{_data(pair, attributes)} {place}>'
        + "".join(parts)
        + "</g>"
    )


def _name(scene: Scene, number: int, pitch: int) -> str:
    """Narrow columns have their names on two lines in turn, so each has room."""
    narrow = pitch < NARROW
    room = pitch * (2 if narrow else 1) / 7.8
    up = 14 if narrow and number % 2 == 0 else 0
    return _text("ab-name", 0, NAME - up, _cut(scene["pairs"][number]["name"], room))


def _said(scene: Scene, pair: Look, number: int) -> str:
    """What a client pours stands over the picture while it pours."""
    x = scene["columns"]["x"][number]
    half = MOST_SAID * 3.2
    shift = min(0.0, WIDTH - 6 - half - x)
    return _text("ab-said", shift, SAID, _cut(pair["said"], MOST_SAID))


def _cut(text: str, room: float) -> str:
    count = int(room)
    return text if len(text) <= count else text[: count - 1] + "…"


def tap(y: int) -> str:
    """A tap; `y` is its upper edge."""
    handle = _path("ab-line", "M-6 0H6M0 0V4")
    body = _path("ab-metal", "M-14 4H-2Q4 4 4 10V15H-4V12H-14Z")
    return f'<g class="ab-tap" transform="translate(0 {y})">{handle}{body}</g>'


# A client that has vanished is marked for good, also when its buckets are gone.
BROKEN_SIGN = (
    '<g class="ab-broken">'
    + _path("ab-line", f"M-8 {TAP + 28}l5 -5 4 6 4 -6 5 5")
    + _text("ab-strong", 0, TAP + 42, "reset")
    + "</g>"
)


def _street(pair: Look, wide: int) -> str:
    """A connection that nobody has accepted: a person at the door with a bucket."""
    narrow = wide * 80 // 100
    person = (
        f'<g transform="translate({-narrow // 2 - 8} {STREET + SMALL}) scale(.62)">'
    )
    person += FIGURE["stand"] + "</g>"
    text = _text("ab-doorstep", 0, STREET + SMALL + 13, pair["amount"])
    tube = _tube(STREET)
    carried = bucket(pair["step"], STREET, SMALL, narrow)
    return f'<g class="ab-street">{tube}{person}{carried}</g>{text}'


def _tube(end: int) -> str:
    top = TAP + 16
    water = (
        f'<rect class="ab-water" x="-2.5" y="{top}" width="5" height="{end - top}"/>'
    )
    hole = (
        f'<rect class="ab-inside" x="-3.5" y="{top}" width="7" height="{end - top}"/>'
    )
    pipe = hole + _path("ab-faint ab-tube", f"M-3.5 {top}V{end}M3.5 {top}V{end}")
    dry = f'<g class="ab-dry">{_text("ab-quiet", 16, top + 14, "dry")}</g>'
    return pipe + water + dry


def _inner(pair: Look, wide: int) -> str:
    half = wide / 2
    flags = [
        f'<g class="ab-flag-{kind}" transform="translate({x:g} {y})">'
        f"{flag(kind, 14)}</g>"
        for kind, x, y in (
            ("r", half + 3, FRONT),
            ("w", half + 3, BACK),
            ("x", -half - 16, FRONT),
        )
    ]
    lid = _path("ab-limb ab-lid", f"M{-half:g} {BACK}H{half:g}")
    short = (
        f'<g class="ab-short"><rect class="ab-tag" x="-13" y="{BACK + 12}" width="26" '
        f'height="13" rx="2"/>{_text("ab-full", 0, BACK + 22, "full")}</g>'
    )
    return (
        f'<g class="ab-inner">{_tube(FRONT)}{bucket(pair["step"], FRONT, DEEP, wide)}'
        f"{bucket(pair['backstep'], BACK, DEEP, wide)}{''.join(flags)}{lid}{short}</g>"
    )


def _edges(top: float, deep: float, wide: float, part: float) -> tuple[float, float]:
    """Half the width and the height at which `part` (0 to 1) of a bucket is full."""
    half = wide / 2 * (0.72 + 0.28 * part)
    return half, top + deep * (1 - part)


def _outline(classes: str, top: int, deep: int, wide: int) -> str:
    half, low = wide / 2, wide * 0.36
    d = f"M{-half:g} {top}L{-low:g} {top + deep}H{low:g}L{half:g} {top}"
    return _path(classes, d)


def bucket(step: int, top: int, deep: int, wide: int) -> str:
    """A bucket with its eight bands of water; `data-step` says how many show."""
    inside = _outline("ab-inside", top, deep, wide)
    bands = "".join(_band(n, top, deep, wide) for n in range(1, BANDS + 1))
    outline = _outline("ab-line", top, deep, wide)
    rim = _path("ab-line", f"M{-wide / 2 - 2:g} {top}H{wide / 2 + 2:g}")
    return f'<g class="ab-bucket" data-step="{step}">{inside}{bands}{outline}{rim}</g>'


def _band(number: int, top: int, deep: int, wide: int) -> str:
    # A line is left free between two bands: ruled water needs no colour to be seen.
    low, bottom = _edges(top, deep, wide, (number - 0.8) / 9)
    high, y = _edges(top, deep, wide, number / 9)
    body = f"M{-low:.1f} {bottom:.1f}H{low:.1f}L{high:.1f} {y:.1f}H{-high:.1f}Z"
    return _path(f"ab-b{number}", body)


# --- people -----------------------------------------------------------------------


def _head(x: float, y: float) -> str:
    return f'<circle class="ab-head" cx="{x:g}" cy="{y:g}" r="5.5"/>'


BODY = _head(0, -45) + _path("ab-torso", "M0 -34V-23")
LEGS = "M-2 -21L-4 -2M2 -21L4 -2"
SCOOP = _path("ab-metal", "M9 -52L13 -42L20 -45L18 -55Z")
FIGURE = {
    "stand": BODY + _path("ab-limb", LEGS + "M-5 -36L-8 -22M5 -36L8 -22"),
    "work": BODY
    + _path("ab-limb", "M-2 -21L-5 -2M2 -21L6 -3M-5 -36L-9 -24M5 -36L12 -44")
    + SCOOP,
    "wait": BODY + _path("ab-limb", LEGS + "M-5 -36L-11 -29L-5 -23M5 -36L11 -29L5 -23"),
    "sit": CHAIR
    + _head(-3, -43)
    + _path("ab-torso", "M-4 -32L-5 -22")
    + _path("ab-limb", "M-4 -19H7L9 -2M-3 -33L5 -24"),
    "spin": BODY
    + _path("ab-limb", "M-2 -21L-7 -4M2 -21L6 -6M-5 -36L-12 -32M5 -36L12 -38")
    + _path("ab-swirl", "M-16 -14A17 8 0 1 0 16 -16"),
    "fail": BODY
    + _path("ab-limb", "M-2 -21L-5 -2M2 -21L5 -2M-5 -36L-12 -43M5 -36L12 -43")
    + _text("ab-strong", 18, -40, "!"),
    "dead": f'<g transform="translate(24 -6) rotate(-90)">{BODY}'
    + _path("ab-limb", "M-2 -21L-3 -2M2 -21L5 -3M-5 -36L-9 -46M5 -36L9 -25")
    + "</g>",
}


def _person(scene: Scene, person: Look, number: int) -> str:
    poses = "".join(
        f'<g class="ab-pose ab-{name}">{shape}</g>' for name, shape in FIGURE.items()
    )
    mark = _text("ab-mark", 0, -52.5, person["mark"])
    alone = len(scene["people"]) == 1
    title = "" if alone else scene["people"][number]["name"]
    name = _text("ab-pname ab-quiet", 0, 11 + person["low"], title)
    return (
        f'<g class="ab-person" data-person="{number}"{_data(person, "at pose")} '
        f'transform="translate({person["x"]} {person["y"]})">{poses}{mark}{name}</g>'
    )
