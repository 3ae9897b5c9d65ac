"""What a window shows, and when it ticked: drawn from the record of a run.

On the left a window with a bucket for each client, filled by what the server has read
from it; the water rises a step for four times as much. On the right time goes from left
to right: a mark for each tick of the window, and below it, for each client, when it
sent and when it heard something. Where the window stood still there are no marks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

from buckets.pictures import still
from buckets.pictures.picture import Picture
from buckets.pictures.tables import columns, table
from buckets.trace.trace import Trace
from buckets.trace.words import bytes_, span

WIDTH, WINDOW, LEFT, RIGHT = 700, 190, 290, 20
TOP, ROW = 46, 26
MOST_CLIENTS = 6
STEPS = 12

INK = (
    ".ab-wi text{font:12px var(--jp-ui-font-family,system-ui,'Segoe UI',sans-serif);"
    "fill:currentColor}.ab-wi .b{font-weight:600}.ab-wi .r{text-anchor:end}"
    ".ab-wi .m{text-anchor:middle}.ab-wi .p{fill:none}"
    ".ab-wi .l{stroke:currentColor;stroke-opacity:.45;fill:none}"
    ".ab-wi .t{stroke:currentColor;fill:none}.ab-wi .w{fill:#3f86c6}"
    ".ab-wi .s{stroke:#3f86c6;stroke-width:2;fill:none}"
    ".ab-wi .a{stroke:#d06a14;stroke-width:2;stroke-dasharray:3 2;fill:none}"
)


@dataclass
class _Client:
    """One client: what was read from it, and when it spoke and heard, in seconds."""

    name: str
    read: int = 0
    sent: list[float] = field(default_factory=list)
    heard: list[float] = field(default_factory=list)


def window(ticks: Sequence[float], trace: Trace, until: float | None = None) -> Picture:
    """Draw what a window showed at the end of a run, and its rhythm until then.

    Args:
        ticks: when it ticked, in seconds of the monotonic clock, as the trace has it.
        trace: the record of that run.
        until: when it was looked at last, in seconds of the same clock. A window that
            stands still writes nothing, so the record may end long before that.

    Raises:
        ValueError: nothing is recorded.
    """
    if not trace.events:
        raise ValueError("window() draws a run, and nothing is recorded of this one.")
    start, end = trace.events[0]["t"] / 1e9, trace.events[-1]["t"] / 1e9
    end = max([end, *ticks, until or end])
    told = [tick - start for tick in ticks if tick >= start]
    clients = _clients(trace, start)[:MOST_CLIENTS]
    drawing = _Drawing(told, clients, end - start)
    inline, alone = drawing.svg(""), drawing.svg(INK + still.alone("ab-wi"))
    below = f"<details><summary>As a table</summary>{table(drawing.rows())}</details>"
    style = INK + still.tables_below("ab-window")
    html = still.html("ab-window", style, drawing.alt(), alone, inline, WIDTH, below)
    text = "\n".join([drawing.alt(), *columns(drawing.rows())])
    return Picture(html, text, alone)


def _clients(trace: Trace, start: float) -> list[_Client]:
    """The clients in the order of their coming, each with what is known of it."""
    found: dict[str, _Client] = {}
    for step in trace.walk():
        event, link = step.event, step.connection
        if "who" in event:
            client = found.setdefault(event["who"], _Client(event["who"]))
            seconds = event["t"] / 1e9 - start
            if event["e"] == "pour":
                client.sent.append(seconds)
            elif event["e"] == "hear":
                client.heard.append(seconds)
        elif event["e"] == "recv" and link and link.who in found:
            found[link.who].read += event["n"]
    return list(found.values())


@dataclass
class _Drawing:
    """One picture: the window on the left, time on the right."""

    ticks: list[float]
    clients: list[_Client]
    seconds: float

    def svg(self, style: str) -> str:
        height = max(150, TOP + ROW * (1 + len(self.clients)) + 30)
        parts = [self._window(height - 10), *self._buckets(height - 10)]
        return still.svg("ab-wi", [*parts, *self._time()], (WIDTH, height), style)

    # The window -----------------------------------------------------------

    def _window(self, height: int) -> str:
        title = f"{len(self.ticks)} tick{'s' * (len(self.ticks) != 1)}"
        frame = f'<rect class="l" x="4" y="4" width="{WINDOW}" height="{height - 4}"/>'
        return frame + '<path class="l" d="M4 26h190"/>' + _text("b", 14, 20, title)

    def _buckets(self, low: int) -> list[str]:
        wide = WINDOW // max(3, len(self.clients))
        low, high = low - 26, 40
        drawn = []
        for place, client in enumerate(self.clients):
            left, middle = 12 + place * wide, 12 + place * wide + (wide - 16) / 2
            water = (low - high) * _level(client.read)
            drawn.append(
                f'<path class="t" d="M{left} {high}V{low}h{wide - 16}V{high}"/>'
                f'<rect class="w" x="{left + 1}" y="{low - water:.1f}" '
                f'width="{wide - 18}" height="{water:.1f}"/>'
            )
            drawn.append(_text("m", middle, low + 16, client.name[:10]))
        return drawn

    # Time -----------------------------------------------------------------

    def _time(self) -> list[str]:
        low = TOP + ROW * (1 + len(self.clients))
        drawn = [self._row(0, "ticks", [("t", self.ticks)])]
        for place, client in enumerate(self.clients, start=1):
            marks = [("s", client.sent), ("a", client.heard)]
            drawn.append(self._row(place, client.name[:12], marks))
        drawn.append(_text("", LEFT, low + 14, "0 s"))
        drawn.append(_text("r", WIDTH - RIGHT, low + 14, f"{self.seconds:.2f} s"))
        drawn.append(_text("", LEFT, 24, f"the longest pause: {span(self.pause())}"))
        return drawn

    def _row(self, place: int, name: str, marks: list[tuple[str, list[float]]]) -> str:
        y = TOP + place * ROW
        line = f'<path class="l" d="M{LEFT} {y + 20}H{WIDTH - RIGHT}"/>'
        for kind, times in marks:
            paths = "".join(f"M{self._x(t):.1f} {y + 3}v17" for t in times)
            line += f'<path class="{kind}" d="{paths or "M0 0"}"/>'
        return _text("r", LEFT - 8, y + 16, name) + line

    def _x(self, seconds: float) -> float:
        return LEFT + (WIDTH - RIGHT - LEFT) * seconds / (self.seconds or 1)

    def pause(self) -> float:
        """The longest stretch without a tick, the one up to the end included."""
        moments = [*self.ticks, self.seconds]
        pauses = [after - before for before, after in pairwise(moments)]
        return max(pauses, default=self.seconds)

    # Words ----------------------------------------------------------------

    def rows(self) -> list[list[str]]:
        head = ["client", "read from it", "sent", "heard"]
        each = [
            [c.name, bytes_(c.read), f"{len(c.sent)}", f"{len(c.heard)}"]
            for c in self.clients
        ]
        return [head, *each]

    def alt(self) -> str:
        return (
            f"A window that has ticked {len(self.ticks)} times in "
            f"{span(self.seconds)}; the longest pause was {span(self.pause())}."
        )


def _level(count: int) -> float:
    """How full a bucket is drawn: a step for four times as much."""
    steps = 0
    while count and steps < STEPS:
        count, steps = count // 4, steps + 1
    return steps / STEPS


def _text(classes: str, x: float, y: float, text: str) -> str:
    return f'<text class="{classes}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'
