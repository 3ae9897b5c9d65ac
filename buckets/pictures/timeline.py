"""The timeline: a lane for each worker and for each connection.

In a worker's lane waiting is white and work is solid; in a connection's lane hatching
is the time that its bytes lay unread. Two runs are drawn on one clock, so that the
blocking server can be seen beside the one with select().
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from buckets.pictures import still
from buckets.pictures.lanes import Lanes, Span, Visit, Worker, lanes_of
from buckets.pictures.picture import Picture
from buckets.pictures.tables import columns, table
from buckets.trace.trace import Trace
from buckets.trace.words import span

WIDTH, LEFT, RIGHT = 700, 104, 66
ROW, TITLE, AXIS = 20, 26, 30
COLUMN = 2
"""Pixels of the narrowest thing drawn in a worker's lane."""
MOST = 12
"""Lanes of each kind in one run; the rest is summed up."""

INK = (
    ".tl text{font:11px var(--jp-ui-font-family,system-ui,'Segoe UI',sans-serif);"
    "fill:currentColor}.tl .q{opacity:.72;font-size:10px}.tl .b{font-weight:600;"
    "font-size:13px}.tl .r{text-anchor:end}.tl .m{text-anchor:middle}"
    ".tl path,.tl line{fill:none;stroke:currentColor}.tl .w{fill:#3f86c6;stroke:none}"
    ".tl .g{stroke-opacity:.16}.tl .d{stroke-dasharray:3 3}"
    ".tl .o{fill:#e08a3c;fill-opacity:.25;stroke:#d06a14}.tl .h{stroke:#d06a14}"
    ".tl .s{stroke-width:5;stroke-linecap:round}.tl .e{stroke-width:2}"
    ".tl .l{stroke-opacity:.45}.tl .p{fill:none}"
)


def timeline(trace: Trace | str | Path, label: str = "") -> Picture:
    """Draw who worked and who waited in one run.

    Args:
        trace: what was recorded, or the path of its file.
        label: what the run is called; by default the task of the trace.
    """
    return _picture([trace], [label])


def compare(
    trace_a: Trace | str | Path,
    trace_b: Trace | str | Path,
    labels: Sequence[str] = ("", ""),
) -> Picture:
    """Draw two runs, one above the other, on one clock that starts at the first client.

    Args:
        trace_a, trace_b: what was recorded, or the paths of the files.
        labels: what the two are called.
    """
    return _picture([trace_a, trace_b], labels)


def _picture(traces: Sequence[Trace | str | Path], labels: Sequence[str]) -> Picture:
    loaded = [t if isinstance(t, Trace) else Trace.load(t) for t in traces]
    names = [
        label or str(trace.start.get("task", "server"))
        for trace, label in zip(loaded, labels, strict=True)
    ]
    runs = [lanes_of(trace) for trace in loaded]
    drawing = _Drawing(runs, names)
    alone = drawing.svg(INK + still.alone("tl"))
    text = "\n\n".join(map(_text, names, runs))
    return Picture(_html(runs, names, alone, drawing.svg("")), text, alone)


# --- the drawing ------------------------------------------------------------------


class _Drawing:
    """Runs on one clock, from the top to the bottom."""

    def __init__(self, runs: list[Lanes], names: list[str]):
        begins = [0, *(w.begin for run in runs for w in run.workers[:MOST])]
        # A long start-up would push everything else to the right.
        ends = max(run.length for run in runs) or 1
        self._first = max(min(begins), -ends // 20)
        self._last = ends
        self._parts: list[str] = []
        self._y = 6
        self._fields: list[tuple[int, int]] = []
        for run, name in zip(runs, names, strict=True):
            self._run(run, name)
        self._axis()

    def svg(self, style: str) -> str:
        return still.svg("tl", self._parts, (WIDTH, self._y), style)

    def _x(self, t: int) -> float:
        part = (t - self._first) / max(1, self._last - self._first)
        return LEFT + max(0.0, min(1.0, part)) * (WIDTH - LEFT - RIGHT)

    def _text(self, classes: str, x: float, y: float, text: str) -> None:
        self._parts.append(
            f'<text class="{classes}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'
        )

    def _path(self, classes: str, d: str) -> None:
        self._parts.append(f'<path class="{classes}" d="{d}"/>')

    def _run(self, run: Lanes, name: str) -> None:
        self._text("b", 6, self._y + 16, name)
        self._text("q r", WIDTH - 6, self._y + 16, "worked")
        self._y += TITLE
        top = self._y
        for worker in run.workers[:MOST]:
            self._worker(worker)
        self._more(len(run.workers) - MOST, "workers")
        self._text("q r", WIDTH - 6, self._y + 10, "longest wait")
        self._y += 12
        for visit in run.visits[:MOST]:
            self._visit(visit, run.length)
        self._fields.append((top, self._y + 2))
        self._more(len(run.visits) - MOST, "connections")
        if run.missing:
            self._text("q", 6, self._y + 13, run.missing[:112])
            self._y += ROW
        self._y += 8

    def _more(self, count: int, kind: str) -> None:
        if count > 0:
            self._text("q", 6, self._y + 13, f"and {count:,} more {kind}")
            self._y += ROW

    def _worker(self, worker: Worker) -> None:
        y, low = self._y, self._y + ROW - 4
        self._text("", 6, y + 13, worker.name[:15])
        left, right = self._x(worker.begin), self._x(worker.end)
        self._path("l", f"M{left:.1f} {low}H{right:.1f}M{left:.1f} {y + 2}H{right:.1f}")
        spans = [(self._x(a), self._x(b)) for a, b in worker.work]
        bars = _bars(spans, ROW - 6, (left, right))
        if bars:
            steps = "".join(f"M{x:g} {low}v-{h:g}h{w:g}v{h:g}z" for x, w, h in bars)
            self._path("w", steps)
        self._text("r", WIDTH - 6, y + 13, _percent(worker.share))
        self._y += ROW

    def _visit(self, visit: Visit, end: int) -> None:
        y = self._y + ROW // 2
        self._text("", 6, y + 4, visit.name[:15])
        here = end if visit.end is None else visit.end
        accepted = here if visit.accepted is None else visit.accepted
        door, inside, out = self._x(visit.begin), self._x(accepted), self._x(here)
        self._path("d", f"M{door:.1f} {y}H{inside:.1f}")
        self._path("l", f"M{inside:.1f} {y}H{max(inside, out):.1f}")
        for wait in visit.waiting[:200]:
            self._wait(wait, y)
        served = sorted({round(self._x(t)) for t in visit.served})
        if served:
            # Dots on the lane: blue is the colour of work, which is the worker's.
            self._path("s", "".join(f"M{x} {y}h0" for x in served))
        if visit.end is not None:
            self._path("e", f"M{out:.1f} {y - 5}v10")
        longest = span(visit.longest / 1e9) if visit.longest else ""
        self._text("r", WIDTH - 6, y + 4, longest)
        self._y += ROW

    def _wait(self, wait: Span, y: int) -> None:
        left, right = self._x(wait[0]), self._x(wait[1])
        if right - left < 1:
            return
        self._path("o", f"M{left:.1f} {y - 5}H{right:.1f}v10H{left:.1f}z")
        count = int((right - left - 4) // 7)
        lines = "".join(f"M{left + 7 * n + 2:.1f} {y + 5}l5 -10" for n in range(count))
        if lines:
            self._path("h", lines)

    def _axis(self) -> None:
        y = self._y + 2
        step = _nice((self._last - self._first) / 6)
        tick = -(-self._first // step) * step
        while tick <= self._last:
            x = self._x(tick)
            # First in the file, so that everything else lies over the grid.
            grid = "".join(f"M{x:.1f} {top}V{low}" for top, low in self._fields)
            self._parts.insert(0, f'<path class="g" d="{grid}"/>')
            self._text("q m", x, y + 16, span(tick / 1e9) if tick else "0")
            tick += step
        self._y += AXIS
        self._legend()

    def _legend(self) -> None:
        y = self._y + 4
        self._path("w", f"M6 {y - 8}h14v10h-14z")
        self._text("q", 26, y, "works; empty: waits")
        self._path("d", f"M154 {y - 4}h20")
        self._text("q", 180, y, "at the door")
        self._path("o", f"M262 {y - 9}h20v10h-20z")
        self._path("h", f"M265 {y + 1}l5 -10M273 {y + 1}l5 -10")
        self._text("q", 288, y, "bytes wait unread")
        self._path("s", f"M404 {y - 4}h0")
        self._text("q", 412, y, "is served")
        self._path("e", f"M486 {y - 9}v10")
        self._text("q", 494, y, "is closed")
        self._y += 12


Bar = tuple[float, float, float]


def _bars(
    spans: list[tuple[float, float]], tall: int, lane: tuple[float, float]
) -> list[Bar]:
    """Columns of `COLUMN` pixels, as high as the part of the column that was work.

    Drawn at its true width a turn of 20 µs could not be seen, and drawn a pixel wide
    two hundred of them would look like hard work. They are counted from the beginning
    of the lane, and none reaches beyond its end.
    """
    begin, end = lane
    shares: dict[int, float] = {}
    for left, right in spans:
        first, last = (int((x - begin) // COLUMN) for x in (left, right))
        for column in range(first, last + 1):
            edge = begin + column * COLUMN
            wide = min(COLUMN, end - edge)
            if wide <= 0:
                continue
            part = min(right, edge + wide) - max(left, edge)
            shares[column] = shares.get(column, 0.0) + max(part, 0.0) / wide
    bars: list[Bar] = []
    for column, share in sorted(shares.items()):
        height = max(2.0, round(min(1.0, share) * 4) / 4 * tall)
        x = round(begin + column * COLUMN, 1)
        wide = round(min(COLUMN, end - x), 1)
        beside = bool(bars) and round(bars[-1][0] + bars[-1][1], 1) == x
        if beside and bars[-1][2] == height:
            bars[-1] = (bars[-1][0], round(bars[-1][1] + wide, 1), height)
        else:
            bars.append((x, wide, height))
    return bars


def _nice(step: float) -> int:
    """The next of 1, 2, 5, 10, ... nanoseconds."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if size * factor >= step:
                return size * factor
        size *= 10


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.095 else f"{share:.1%}"


# --- words ------------------------------------------------------------------------


def _rows(run: Lanes) -> list[list[str]]:
    rows = [["worker", "worked", "of"]]
    for worker in run.workers[:MOST]:
        life = span((worker.end - worker.begin) / 1e9)
        rows.append([worker.name, _percent(worker.share), life])
    return rows


def _visits(run: Lanes) -> list[list[str]]:
    rows = [["client", "at the door", "longest wait", "closed after"]]
    for visit in run.visits[:MOST]:
        door = "never let in"
        if visit.accepted is not None:
            door = span(max(0, visit.accepted - visit.begin) / 1e9)
        end = "never" if visit.end is None else span((visit.end - visit.begin) / 1e9)
        wait = span(visit.longest / 1e9) if visit.longest else "none"
        rows.append([visit.name, door, wait, end])
    return rows


def _text(name: str, run: Lanes) -> str:
    lines = [name, *columns(_rows(run)), *columns(_visits(run))]
    for lanes, kind in ((run.workers, "workers"), (run.visits, "connections")):
        if len(lanes) > MOST:
            lines.append(f"and {len(lanes) - MOST:,} more {kind}")
    return "\n".join([*lines, *([run.missing] if run.missing else [])])


def _alt(runs: list[Lanes], names: list[str]) -> str:
    parts = []
    for name, run in zip(names, runs, strict=True):
        work = [f"{w.name} worked {_percent(w.share)}" for w in run.workers[:MOST]]
        waits = [
            f"{v.name} waited up to {span(v.longest / 1e9)}"
            for v in run.visits[:MOST]
            if v.longest
        ]
        parts.append(f"{name}: {', '.join([*work, *waits])}.")
    return "Timeline of who works and who waits. " + " ".join(parts)


def _html(runs: list[Lanes], names: list[str], image: str, inline: str) -> str:
    lanes = "".join(
        f"<h4>{escape(name)}</h4>{table(_rows(run))}{table(_visits(run))}"
        for name, run in zip(names, runs, strict=True)
    )
    below = f"<details><summary>The lanes as tables</summary>{lanes}</details>"
    style = INK + still.tables_below("ab-tl")
    return still.html("ab-tl", style, _alt(runs, names), image, inline, WIDTH, below)
