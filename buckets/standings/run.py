"""The scoreboard itself: who takes part, what was found, and how it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

from buckets.report.clean import clean
from buckets.standings.entrants import (
    Entrant,
    chosen,
    groups,
    ready,
    substitute,
)
from buckets.standings.figures import Board, Row
from buckets.standings.measure import Ground, Load
from buckets.standings.picture import scores
from buckets.standings.rude import DoesNotServe, trials
from buckets.standings.words import text

Found = TypeVar("Found")

MOST_CLIENTS = 300
"""More processes than this, and some, no server on the board may have."""
CLIENTS, SECONDS = 20, 0.1
"""The size of a cell's board: whoever runs it looks on."""
AT_ONCE = 4
"""Servers that the cast visits at the same time: mostly it waits."""
MOST_NOTE = 160


class Scoreboard(Board):
    """A board to look at: a notebook draws it, and print() writes it."""

    def __str__(self) -> str:
        return text(self)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return scores(self)._repr_mimebundle_()


def scoreboard(
    only: Iterable[str] | None = None,
    *,
    clients: int = CLIENTS,
    seconds: float = SECONDS,
    tell: Callable[[str], object] = lambda name: None,
) -> Scoreboard:
    """Put servers of lessons 02 to 10, and the library's, under one load.

    Yours are taken from exercises/, as you last saved them. Where one is not written
    yet, or does not serve, the solution's takes its place, if there are solutions.

    Args:
        only: names of the servers that take part; by default all.
        clients: how many come to each, 300 at most.
        seconds: how long all of them ask each server.
        tell: called with the name of each server before its turn.

    Returns:
        The board, for the last line of a cell, or for print().

    Raises:
        ValueError: a name is nobody's, or a number makes no sense.
        OSError: no server could be measured: a fault of this machine or of ours.
    """
    if not 1 <= clients <= MOST_CLIENTS:
        raise ValueError(f"clients is 1 to {MOST_CLIENTS}, and not {clients}.")
    if not 0 < seconds <= 60:
        raise ValueError(f"seconds is more than 0, and 60 at most, not {seconds}.")
    rows = _auditions(chosen(only))
    with Load() as load:
        ground = Ground(load, clients, seconds)
        played = tuple(_played(row, entrant, ground, tell) for entrant, row in rows)
    others = ground.others / ground.watched if ground.watched else 0.0
    return Scoreboard(played, clients, seconds, others)


# The cast comes first: it finds out who serves at all -------------------------------


def _auditions(entrants: list[Entrant]) -> list[tuple[Entrant, Row]]:
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        found = pool.map(_auditioned, groups(entrants))
        return [each for group in found for each in group]
    finally:
        # Whoever interrupts does not wait for those who have not begun.
        pool.shutdown(cancel_futures=True)


def _auditioned(group: list[Entrant]) -> list[tuple[Entrant, Row]]:
    return [_audition(entrant) for entrant in ready(group)]


def _audition(entrant: Entrant) -> tuple[Entrant, Row]:
    row = Row(entrant.name, entrant.origin, entrant.model, entrant.whose, entrant.note)
    if entrant.submission is None:
        return entrant, row
    try:
        return entrant, replace(row, rude=_twice(lambda: trials(entrant)))
    except DoesNotServe as error:
        why = _line(str(error))
    except OSError as error:
        return replace(entrant, submission=None), replace(row, note=_fault(error))
    other = substitute(entrant, why)
    if other:
        return _audition(other)
    return replace(entrant, submission=None), replace(row, note=why)


def _played(
    row: Row, entrant: Entrant, ground: Ground, tell: Callable[[str], object]
) -> Row:
    if entrant.submission is None:
        return row
    tell(entrant.name)
    try:
        figures = _twice(lambda: ground.measure(entrant))
    except OSError as error:
        return replace(row, note=_fault(error))
    if not figures.trouble:
        return replace(row, figures=figures)
    trouble = _line(figures.trouble)
    return replace(
        row,
        figures=replace(figures, trouble=trouble),
        note="; ".join(filter(None, [row.note, trouble])),
    )


def _twice(attempt: Callable[[], Found]) -> Found:
    """What a machine refuses at one moment, it may grant at the next."""
    try:
        return attempt()
    except OSError:
        return attempt()


def _line(text: str) -> str:
    """What a server of a learner's said or raised, in one line that can be shown."""
    line = " ".join(clean(text).split())
    return line if len(line) <= MOST_NOTE else f"{line[: MOST_NOTE - 1]}…"


def _fault(error: OSError) -> str:
    return f"could not be measured, which is no fault of its own ({error})"
