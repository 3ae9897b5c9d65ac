"""What several clients asked and heard, on one clock, and which two fit no order.

One lane for each client, one bar for each operation, from the moment of the call to the
moment of the answer. Inside its bar an operation happened, all at once: to order a
history is to choose a moment in each bar. Two that cannot be ordered are marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Protocol

from buckets.pictures import still
from buckets.pictures.picture import Picture
from buckets.pictures.tables import columns, table

WIDTH, LEFT, RIGHT = 700, 70, 20
LANE, TOP, BAR = 44, 8, 18
MOST_OPERATIONS = 40
"""More is drawn from the end: what cannot be ordered is found there."""
MOST_WORDS = 34
FEW = 12
"""So many may all say what they are. Of more, those do that fit no order."""

INK = (
    ".ab-hi text{font:12px var(--jp-ui-font-family,system-ui,'Segoe UI',sans-serif);"
    "fill:currentColor}.ab-hi .r{text-anchor:end;font-weight:600}"
    ".ab-hi .w{fill:#3f86c6}.ab-hi .l{stroke:currentColor;stroke-opacity:.25;fill:none}"
    ".ab-hi .o{fill:#e08a3c;stroke:#d06a14;stroke-width:2}.ab-hi .b{font-weight:600}"
    ".ab-hi .p{fill:none}"
)


class Operation(Protocol):
    """What is drawn of one: see buckets.driving.linear."""

    @property
    def who(self) -> str: ...
    @property
    def does(self) -> tuple[Any, ...]: ...
    @property
    def called(self) -> int: ...
    @property
    def answered(self) -> int | None: ...
    @property
    def heard(self) -> Any: ...


def draw_history(
    history: Sequence[Operation], both: Sequence[Operation] | None = None
) -> Picture:
    """Draw what clients asked and heard.

    Args:
        history: operations, in any order.
        both: those of them that cannot be ordered; None or nothing if all can.

    Raises:
        ValueError: there is nothing to draw.
    """
    if not history:
        raise ValueError("draw_history() draws one operation at least.")
    shown = sorted(history, key=lambda op: op.called)[-MOST_OPERATIONS:]
    marked = list(both or ())
    inline = _svg(shown, marked, "")
    alone = _svg(shown, marked, INK + still.alone("ab-hi"))
    return Picture(_html(shown, marked, alone, inline), _text(shown, marked), alone)


# --- the drawing ------------------------------------------------------------------


def _svg(shown: list[Operation], marked: list[Operation], style: str) -> str:
    names = list(dict.fromkeys(op.who for op in shown))
    first, last = shown[0].called, max(map(_end, shown))
    scale = (WIDTH - LEFT - RIGHT) / max(1, last - first)
    lanes = [_lane(name, TOP + LANE * n) for n, name in enumerate(names)]
    bars = [
        _bar(op, op in marked, TOP + LANE * names.index(op.who), first, scale)
        for op in shown
    ]
    bars += [
        _label(op, op in marked, TOP + LANE * names.index(op.who), first, scale)
        for op in shown
        if op in marked or len(shown) <= FEW
    ]
    high = TOP + LANE * len(names) + 4
    return still.svg("ab-hi", [*lanes, *bars], (WIDTH, high), style)


def _end(operation: Operation) -> int:
    return operation.called if operation.answered is None else operation.answered


def _lane(name: str, y: int) -> str:
    line = f'<path class="l" d="M{LEFT} {y + BAR / 2}H{WIDTH - RIGHT}"/>'
    return f'<text class="r" x="{LEFT - 8}" y="{y + 14}">{escape(name)}</text>{line}'


def _bar(operation: Operation, odd: bool, y: int, first: int, scale: float) -> str:
    x = LEFT + (operation.called - first) * scale
    wide = max(6.0, (_end(operation) - operation.called) * scale)
    kind = "o" if odd else "w"
    size = f'width="{wide:.1f}" height="{BAR}"'
    return f'<rect class="{kind}" x="{x:.1f}" y="{y}" {size}/>'


def _label(operation: Operation, odd: bool, y: int, first: int, scale: float) -> str:
    """Below its bar, and inside the picture."""
    moments = operation.called, _end(operation)
    x, end = (LEFT + (at - first) * scale for at in moments)
    anchor, at = ("end", max(end, x + 6)) if x > WIDTH * 0.6 else ("start", x)
    place = f'x="{at:.1f}" y="{y + BAR + 14}" text-anchor="{anchor}"'
    said = escape(_said(operation, odd))
    return f'<text class="{"b" if odd else ""}" {place}>{said}</text>'


def _said(operation: Operation, odd: bool) -> str:
    asked = " ".join(map(str, operation.does))
    heard = "no answer" if operation.answered is None else f"{operation.heard}"
    said = f"{asked}: {heard}"
    said = said if len(said) <= MOST_WORDS else said[: MOST_WORDS - 1] + "…"
    return f"✗ {said}" if odd else said


# --- words ------------------------------------------------------------------------


def _rows(shown: list[Operation], marked: list[Operation]) -> list[list[str]]:
    head = ["client", "called", "answered", "asked: heard", ""]
    return [
        head,
        *(
            [
                op.who,
                str(op.called),
                "" if op.answered is None else str(op.answered),
                _said(op, False),
                "fits no order" if op in marked else "",
            ]
            for op in shown
        ),
    ]


def _verdict(marked: list[Operation]) -> str:
    if not marked:
        return "One order explains all of it."
    both = " and ".join(f"{op.who}'s {_said(op, False)}" for op in marked)
    return f"No order explains {both}."


def _text(shown: list[Operation], marked: list[Operation]) -> str:
    return "\n".join([_verdict(marked), *columns(_rows(shown, marked))])


def _html(
    shown: list[Operation], marked: list[Operation], image: str, inline: str
) -> str:
    rows = table(_rows(shown, marked))
    below = f"<details><summary>The history as a table</summary>{rows}</details>"
    said = f"<p>{escape(_verdict(marked))}</p>"
    style = INK + still.tables_below("ab-history")
    alt = f"Bars of what clients asked and heard. {_verdict(marked)}"
    return still.html("ab-history", style, alt, image, inline, WIDTH, said + below)
