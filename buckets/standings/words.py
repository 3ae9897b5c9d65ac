"""What the board says in words: tables, and sentences that speak in ratios.

Figures belong to one machine and one moment. What a sentence says of two servers are
ratios, and a difference of less than a quarter is called none; of CPU time beside
others who keep the machine busy, one of less than twice.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable

from buckets.pictures.tables import columns
from buckets.standings.figures import (
    CAST,
    CUT,
    DIED,
    SOLUTION,
    STALLED,
    WRONG,
    Board,
    Figures,
    Row,
)
from buckets.trace.words import listing, span

CAST_TITLE = "How the next client fares beside one of the cast"
WIDTH = 80
"""Characters of a line."""
SAME, SAME_IF_BUSY = 1.25, 2.0
"""Ratios below this are noise, where others leave the machine alone, and where not."""
QUIET = 0.15
"""CPUs that others may use; beside more than that figures are noise."""
AWAKE = 0.1
"""A share of a CPU that nobody needs for clients who are silent."""


# Figures in words -------------------------------------------------------------------


def served(found: Figures) -> str:
    """How many of those who connected were answered."""
    return f"{found.served} of {found.clients}"


def rate(found: Figures) -> str:
    """Requests a second."""
    return f"{found.rate:,.0f}/s" if found.requests else "none"


def each(found: Figures) -> str:
    """CPU time a request."""
    return "–" if found.each is None else f"{found.each * 1e6:.1f} µs"


def slowest(found: Figures) -> str:
    """The 99th percentile; who is never answered waits longer than any."""
    if found.served < found.clients:
        return f"never for {found.clients - found.served}"
    return "–" if found.p99 is None else span(found.p99)


def memory(found: Figures) -> str:
    """Megabytes."""
    return f"{found.memory / 1e6:.1f} MB"


def people(found: Figures) -> str:
    """Processes and threads, where there is more than one."""
    if found.processes > 1:
        return f"{found.processes} processes"
    return f"{found.threads} threads" if found.threads > 1 else "one"


def idle(found: Figures) -> str:
    """CPU share while everybody is silent."""
    return f"{found.idle:.1%}"


Columns = tuple[tuple[str, Callable[[Figures], str]], ...]
LOAD: Columns = (
    ("served", served),
    ("requests", rate),
    ("CPU each", each),
    ("99 of 100 within", slowest),
)
NEEDS: Columns = (
    ("memory", memory),
    ("processes, threads", people),
    ("CPU while silent", idle),
)


# Tables -----------------------------------------------------------------------------


def figures_table(board: Board, wanted: Columns = LOAD + NEEDS) -> list[list[str]]:
    """What was measured; the first row is the head."""
    rows = [
        [row.label, *(words(row.figures) for _, words in wanted)]
        for row in board.measured
        if row.figures
    ]
    return [["server", *(head for head, _ in wanted)], *rows]


def cast_table(board: Board) -> list[list[str]]:
    """What the cast did to each server; the first row is the head."""
    names = list(CAST)
    rows = [
        [row.label, *(row.rude.get(name, "") for name in names)]
        for row in board.rows
        if row.rude
    ]
    return [["server", *names], *rows]


def wrapped(sentence: str, width: int) -> list[str]:
    """Its lines; a half-closer stays in one piece."""
    return textwrap.wrap(sentence, width, break_on_hyphens=False)


def text(board: Board) -> str:
    """The whole board in lines, for a terminal."""
    parts = [[f"The scoreboard: {board.clients} clients come to each server."]]
    if board.measured:
        parts.append(columns(figures_table(board, LOAD)))
        parts.append(columns(figures_table(board, NEEDS)))
    if any(row.rude for row in board.rows):
        parts.append([f"{CAST_TITLE}:", *columns(cast_table(board))])
    sentences = [*remarks(board), *notes(board)]
    parts.append([line for each in sentences for line in wrapped(each, WIDTH)])
    return "\n\n".join("\n".join(part) for part in parts)


# Sentences --------------------------------------------------------------------------


def remarks(board: Board) -> list[str]:
    """What the figures come to, in ratios."""
    found = [_starved(board), _cpu(board), _memory(board), _awake(board), _cast(board)]
    return [*filter(None, found), machine(board)]


def notes(board: Board) -> list[str]:
    """Whose servers these are, what happened to some, and who is left out."""
    told = []
    stand_ins = [row for row in board.measured if row.whose == SOLUTION]
    if stand_ins:
        told.append("* the solution's, in place of yours: " + _reasons(stand_ins))
    told += [
        f"{row.label}: {row.figures.trouble}."
        for row in board.measured
        if row.figures and row.figures.trouble
    ]
    if board.left_out:
        told.append("Left out: " + _reasons(board.left_out))
    return told


def _reasons(rows: Iterable[Row]) -> str:
    reasons: dict[str, list[str]] = {}
    for row in rows:
        reasons.setdefault(row.note, []).append(row.name)
    return (
        "; ".join(f"{listing(names)} ({why})" for why, names in reasons.items()) + "."
    )


def machine(board: Board) -> str:
    """Whether the machine had time for this."""
    if board.others <= QUIET:
        return "The machine had little else to do meanwhile."
    return (
        f"Other programs used {board.others:.1f} of a CPU meanwhile, so only large "
        "differences mean anything."
    )


def _starved(board: Board) -> str:
    starved = [row for row in board.measured if not row.served_all]
    if not starved:
        return ""
    told = [
        f"{row.name} served {served(row.figures)}" for row in starved if row.figures
    ]
    return f"Connected is not served: {listing(told)}."


def _cpu(board: Board) -> str:
    same = SAME if board.others <= QUIET else SAME_IF_BUSY
    ranked = _ranked(board, lambda found: found.each, same)
    return f"CPU time a request: {ranked}." if ranked else ""


def _memory(board: Board) -> str:
    ranked = _ranked(board, lambda found: found.memory, SAME)
    return f"Memory: {ranked}." if ranked else ""


def _ranked(board: Board, size: Callable[[Figures], float | None], same: float) -> str:
    """Those who served everybody, by how many times the least they took."""
    sizes = {
        row.name: value
        for row in board.measured
        if row.served_all and row.figures and (value := size(row.figures))
    }
    if len(sizes) < 2:
        return ""
    least = min(sizes.values())
    ranks: dict[str, list[str]] = {}
    for name, value in sorted(sizes.items(), key=lambda item: item[1]):
        ranks.setdefault(times(value / least, same), []).append(name)
    return "; ".join(f"{listing(names)} {rank}" for rank, names in ranks.items())


def times(ratio: float, same: float = SAME) -> str:
    """A ratio to the least in words; below `same` it is none."""
    if ratio < same:
        return "least"
    return f"{ratio:.1f} times that" if ratio < 3 else f"{ratio:.0f} times that"


def _awake(board: Board) -> str:
    awake = [
        f"{row.name} used {idle(row.figures)} of a CPU"
        for row in board.measured
        if row.figures and row.figures.idle > AWAKE
    ]
    return f"While everybody was silent, {listing(awake)}." if awake else ""


DEEDS = {
    STALLED: "{role} stalled {servers}",
    DIED: "{role} killed {servers}",
    WRONG: "beside {role} the next client had a wrong answer from {servers}",
    CUT: "{role} was cut off by {servers}",
}


def _cast(board: Board) -> str:
    if not any(row.rude for row in board.rows):
        return ""
    told = []
    for role in CAST:
        for what, deed in DEEDS.items():
            hit = [row.name for row in board.rows if row.rude.get(role) == what]
            if hit:
                told.append(deed.format(role=role, servers=listing(hit)))
    if not told:
        return "Nobody of the cast stalled or killed any server."
    return f"The cast: {'; '.join(told)}. Nobody else did any harm."
