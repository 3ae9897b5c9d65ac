"""The bill: what several servers cost while clients are connected and say nothing.

One group of bars for each kind of cost, and in it one bar for each server. All numbers
were measured by whoever calls this; nothing is drawn that was not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from buckets.pictures import still
from buckets.pictures.picture import Picture
from buckets.pictures.tables import columns, table
from buckets.trace.words import amount, span

WIDTH, LEFT, RIGHT = 700, 150, 130
ROW, TITLE, GAP = 22, 24, 12
LEAST = 2
"""Pixels of the shortest bar: what is small is not nothing."""

INK = (
    ".ab-co text{font:12px var(--jp-ui-font-family,system-ui,'Segoe UI',sans-serif);"
    "fill:currentColor}.ab-co .b{font-weight:600}.ab-co .r{text-anchor:end}"
    ".ab-co .w{fill:#3f86c6}.ab-co .l{stroke:currentColor;stroke-opacity:.45;fill:none}"
    ".ab-co .o{fill:#e08a3c;fill-opacity:.25;stroke:#d06a14}"
    ".ab-co .h{stroke:#d06a14;fill:none}.ab-co .p{fill:none}"
)


@dataclass(frozen=True)
class Cost:
    """What one server cost, as measured while its clients were connected.

    Args:
        name: of the server.
        clients: how many were connected.
        processes, threads: how many the server was.
        memory: bytes by which it grew for each client.
        wait: seconds that one more client waited for an answer; None if it had none.
        patience: seconds after which that one gave up.
    """

    name: str
    clients: int
    processes: int
    threads: int
    memory: float
    wait: float | None
    patience: float = 1.0


@dataclass(frozen=True)
class _Kind:
    """One kind of cost: its title, its size for a bar, and its value in words."""

    title: str
    head: str
    size: Callable[[Cost], float]
    words: Callable[[Cost], str]


def _waited(cost: Cost) -> str:
    if cost.wait is None:
        return f"no answer in {cost.patience:.1f} s"
    return span(cost.wait)


KINDS = (
    _Kind("processes", "processes", lambda c: c.processes, lambda c: f"{c.processes}"),
    _Kind("threads", "threads", lambda c: c.threads, lambda c: f"{c.threads}"),
    _Kind(
        "memory for each silent client",
        "memory a client",
        lambda c: max(0.0, c.memory),
        lambda c: amount(max(0, round(c.memory))),
    ),
    _Kind(
        "the wait of one who speaks",
        "answer after",
        lambda c: c.patience if c.wait is None else c.wait,
        _waited,
    ),
)  # fmt: skip


def bill(costs: Sequence[Cost]) -> Picture:
    """Draw what several servers cost, side by side.

    Args:
        costs: a measurement of each server, in the order in which they are drawn.

    Raises:
        ValueError: there is nothing to draw.
    """
    if not costs:
        raise ValueError("bill() draws the costs of one server at least.")
    inline = _svg(costs, "")
    alone = _svg(costs, INK + still.alone("ab-co"))
    return Picture(_html(costs, alone, inline), _text(costs), alone)


# --- the drawing ------------------------------------------------------------------


def _svg(costs: Sequence[Cost], style: str) -> str:
    group = TITLE + ROW * len(costs) + GAP
    groups = (_group(costs, kind, n * group) for n, kind in enumerate(KINDS))
    return still.svg("ab-co", groups, (WIDTH, group * len(KINDS) + 4), style)


def _group(costs: Sequence[Cost], kind: _Kind, top: int) -> str:
    most = max(kind.size(cost) for cost in costs) or 1.0
    rows = (
        _row(cost, kind, most, top + TITLE + n * ROW) for n, cost in enumerate(costs)
    )
    low = top + TITLE + ROW * len(costs)
    axis = f'<path class="l" d="M{LEFT} {top + TITLE - 2}V{low}"/>'
    return _words("b", 6, top + 17, kind.title) + "".join(rows) + axis


def _row(cost: Cost, kind: _Kind, most: float, y: int) -> str:
    long = max(LEAST, kind.size(cost) / most * (WIDTH - LEFT - RIGHT))
    end = LEFT + long
    never = kind.words is _waited and cost.wait is None
    bar = _open(end, y) if never else _solid(long, y)
    name = cost.name if len(cost.name) <= 20 else cost.name[:19] + "…"
    return (
        _words("r", LEFT - 8, y + 14, name)
        + bar
        + _words("", end + 8, y + 14, kind.words(cost))
    )


def _solid(long: float, y: int) -> str:
    return f'<rect class="w" x="{LEFT}" y="{y + 2}" width="{long:.1f}" height="16"/>'


def _open(end: float, y: int) -> str:
    """A wait that had no end when it was given up: hatched, and open to the right."""
    edge = f'<path class="o" d="M{end:.1f} {y + 2}H{LEFT}v16H{end:.1f}"/>'
    count = int((end - LEFT - 8) // 9)
    lines = "".join(f"M{LEFT + 4 + 9 * n} {y + 18}l7 -16" for n in range(count))
    return edge + f'<path class="h" d="{lines or "M0 0"}"/>'


def _words(classes: str, x: float, y: float, text: str) -> str:
    return f'<text class="{classes}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


# --- words ------------------------------------------------------------------------


def _rows(costs: Sequence[Cost]) -> list[list[str]]:
    head = ["server", "clients", *(kind.head for kind in KINDS)]
    return [
        head,
        *([c.name, f"{c.clients}", *(k.words(c) for k in KINDS)] for c in costs),
    ]


def _text(costs: Sequence[Cost]) -> str:
    return "\n".join(["The bill", *columns(_rows(costs))])


def _alt(costs: Sequence[Cost]) -> str:
    parts = [
        f"{c.name} with {c.clients} clients: processes {c.processes}, "
        f"threads {c.threads}, memory for each client {KINDS[2].words(c)}, "
        f"answer to one who speaks: {_waited(c)}."
        for c in costs
    ]
    return "Bars of what each server costs. " + " ".join(parts)


def _html(costs: Sequence[Cost], image: str, inline: str) -> str:
    rows = table(_rows(costs))
    below = f"<details><summary>The bill as a table</summary>{rows}</details>"
    style = INK + still.tables_below("ab-bill")
    return still.html("ab-bill", style, _alt(costs), image, inline, WIDTH, below)
