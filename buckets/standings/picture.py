"""The scoreboard as small multiples: a panel for each figure, the servers in one order.

In each panel a bar for each server, against the longest there. Below them is the cast:
who of them stalled or killed which server. Nothing is drawn that was not measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

from buckets.pictures import still
from buckets.pictures.picture import Picture
from buckets.pictures.tables import table
from buckets.standings import words
from buckets.standings.figures import (
    CAST,
    DIED,
    FINE,
    LIBRARY,
    WORDS,
    Board,
    Figures,
    Row,
)

WIDTH, LEFT, PANEL = 720, 146, 143
ROW, TITLE, GAP, FOOT = 18, 24, 14, 15
BAR, HIGH = 54, 11
"""Pixels of the longest bar in a panel, and of the height of any."""
LEAST = 1.5
"""Pixels of the shortest bar: what is small is not nothing."""
LINE = 108
"""Characters of a line below the drawing."""

INK = (
    ".ab-sb text{font:11px var(--jp-ui-font-family,system-ui,'Segoe UI',sans-serif);"
    "fill:currentColor}.ab-sb .b{font-weight:600}.ab-sb .r{text-anchor:end}"
    ".ab-sb .m{text-anchor:middle}.ab-sb .q{opacity:.72}"
    ".ab-sb .w{fill:#3f86c6}"
    ".ab-sb .l{stroke:currentColor;stroke-opacity:.45;fill:none}"
    ".ab-sb .g{stroke:currentColor;stroke-opacity:.14;fill:none}"
    ".ab-sb .o{fill:#e08a3c;fill-opacity:.25;stroke:#d06a14}"
    ".ab-sb .d{fill:#c2570c;stroke:#c2570c}.ab-sb text.v{fill:#fff;font-weight:600}"
    ".ab-sb .h{stroke:#d06a14;fill:none}.ab-sb .p{fill:none}"
)

NEAT = ".ab-score :is(th,td){white-space:nowrap}.ab-score caption{text-align:left}"


@dataclass(frozen=True)
class _Panel:
    """One figure: its title, how long its bar is, and what stands beside it.

    `whole` is what a bar of full length stands for, unless there is a longer one.
    """

    title: str
    size: Callable[[Figures], float]
    in_words: Callable[[Figures], str]
    whole: float = 0.0


PANELS = (
    _Panel("clients served", lambda f: f.served, words.served),
    _Panel("requests a second", lambda f: f.rate, words.rate),
    _Panel("CPU time a request", lambda f: f.each or 0.0, words.each),
    _Panel("99 of 100 within", lambda f: f.p99 or 0.0, words.slowest),
    _Panel("memory", lambda f: f.memory, words.memory),
    _Panel("processes, threads", lambda f: max(f.processes, f.threads), words.people),
    _Panel("CPU while all are silent", lambda f: f.idle, words.idle, 1.0),
)
BAND = 4
"""Panels side by side."""


def scores(board: Board) -> Picture:
    """Draw a board.

    Args:
        board: what buckets.scoreboard() found.
    """
    alone = _svg(board, INK + still.alone("ab-sb"))
    return Picture(_html(board, alone, _svg(board, "")), words.text(board), alone)


def page(board: Board) -> str:
    """The picture as a page that opens from a file, in the light and in the dark."""
    picture = scores(board)._repr_mimebundle_()["text/html"]
    title = "The scoreboard"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        "<style>:root{color-scheme:light dark}body{max-width:720px;margin:2em auto;"
        "font-family:system-ui,sans-serif}</style>"
        f"<body><h1>{title}</h1>{picture}</body></html>\n"
    )


# --- the drawing ------------------------------------------------------------------


def _svg(board: Board, style: str) -> str:
    parts: list[str] = []
    y = 4
    for first in range(0, len(PANELS), BAND):
        parts += _band(board.measured, PANELS[first : first + BAND], y)
        y += TITLE + ROW * len(board.measured) + GAP
    parts += _cast([row for row in board.rows if row.rude], y)
    y += TITLE + ROW * len([row for row in board.rows if row.rude]) + GAP
    lines = _below(board)
    parts += [_words("", 6, y + 10 + FOOT * n, line) for n, line in enumerate(lines)]
    return still.svg("ab-sb", parts, (WIDTH, y + FOOT * len(lines) + 6), style)


def _below(board: Board) -> list[str]:
    sentences = [*words.remarks(board), *words.notes(board)]
    return [line for each in sentences for line in words.wrapped(each, LINE)]


def _names(rows: list[Row], top: int) -> Iterator[str]:
    """The servers' names, and a line between the course's and the library's."""
    for number, row in enumerate(rows):
        y = top + ROW * number
        name = row.label if len(row.label) <= 22 else f"{row.label[:21]}…"
        yield _words("r", LEFT - 8, y + 13, name)
        if number and row.whose == LIBRARY != rows[number - 1].whose:
            yield f'<path class="g" d="M6 {y}.5H{WIDTH - 6}"/>'


def _band(rows: list[Row], panels: tuple[_Panel, ...], top: int) -> Iterator[str]:
    yield from _names(rows, top + TITLE)
    for place, panel in enumerate(panels):
        x = LEFT + PANEL * place
        yield _words("b", x, top + 15, panel.title)
        low = top + TITLE + ROW * len(rows)
        yield f'<path class="l" d="M{x} {top + TITLE - 2}V{low}"/>'
        found = [row.figures for row in rows if row.figures]
        most = max([panel.whole, *map(panel.size, found)]) or 1.0
        for number, one in enumerate(found):
            yield from _bar(one, panel, most, (x, top + TITLE + ROW * number))


def _bar(
    found: Figures, panel: _Panel, most: float, at: tuple[int, int]
) -> Iterator[str]:
    x, y = at
    never = panel.in_words is words.slowest and found.served < found.clients
    long = BAR if never else max(LEAST, panel.size(found) / most * BAR)
    if never:
        yield _hatched(x, y, BAR)
    else:
        size = f'width="{long:.1f}" height="{HIGH}"'
        yield f'<rect class="w" x="{x}" y="{y + 3}" {size}/>'
    if panel.in_words is words.served and found.served < found.clients:
        # The rest of them stands at the door.
        yield _hatched(x + long, y, BAR * found.clients / most - long)
        long = BAR * found.clients / most
    yield _words("", x + long + 5, y + 13, panel.in_words(found))


def _hatched(x: float, y: int, long: float) -> str:
    """Who waits: hatched, and open to the right."""
    edge = f'<path class="o" d="M{x + long:.1f} {y + 3}H{x:.1f}v{HIGH}h{long:.1f}"/>'
    count = max(1, int((long - 4) // 8))
    lines = "".join(
        f"M{x + 2 + 8 * n:.1f} {y + 3 + HIGH}l5 -{HIGH}" for n in range(count)
    )
    return f'{edge}<path class="h" d="{lines}"/>'


# --- the cast ---------------------------------------------------------------------


def _cast(rows: list[Row], top: int) -> Iterator[str]:
    if not rows:
        return
    wide = (WIDTH - LEFT - 6) / len(CAST)
    yield _words("b r", LEFT - 8, top + 15, "next client, beside")
    yield from _names(rows, top + TITLE)
    for place, role in enumerate(CAST):
        x = LEFT + wide * place
        yield _words("b m", x + wide / 2, top + 15, role)
        for number, row in enumerate(rows):
            fared = row.rude.get(role, FINE)
            yield _fared(fared, x, top + TITLE + ROW * number, wide)


def _fared(fared: str, x: float, y: int, wide: float) -> str:
    middle = _words("m q" if fared == FINE else "m", x + wide / 2, y + 13, fared)
    if fared == FINE:
        return middle
    kind = "d" if fared == DIED else "o"
    box = (
        f'<rect class="{kind}" x="{x + 8:.1f}" y="{y + 1.5}" '
        f'width="{wide - 16:.1f}" height="{ROW - 3}"/>'
    )
    return box + middle.replace('class="m"', f'class="m{" v" * (kind == "d")}"')


def _words(classes: str, x: float, y: float, text: str) -> str:
    return f'<text class="{classes}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


# --- words ------------------------------------------------------------------------


def _alt(board: Board) -> str:
    servers = []
    for row in board.measured:
        found = row.figures
        assert found
        facts = ", ".join(f"{panel.title} {panel.in_words(found)}" for panel in PANELS)
        servers.append(f"{row.label}: {facts}.")
    return " ".join(
        [
            f"Bars for each of {len(servers)} servers, under the load of "
            f"{board.clients} clients.",
            *servers,
            *words.remarks(board),
        ]
    )


def _html(board: Board, image: str, inline: str) -> str:
    fates = [f"<li>{escape(name)}: {escape(text)}</li>" for name, text in WORDS.items()]
    below = (
        "<details><summary>The scoreboard as tables</summary>"
        + table(words.figures_table(board, words.LOAD))
        + table(words.figures_table(board, words.NEEDS))
        + table(words.cast_table(board), words.CAST_TITLE)
        + f"<ul>{''.join(fates)}</ul></details>"
    )
    style = INK + still.tables_below("ab-score") + NEAT
    return still.html("ab-score", style, _alt(board), image, inline, WIDTH, below)
