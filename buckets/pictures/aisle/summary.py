"""A run in words: one row for each connection, as a table and as plain text."""

from __future__ import annotations

from buckets.pictures.aisle.state import Scene
from buckets.pictures.cast import Cast, Pair
from buckets.pictures.tables import columns, table
from buckets.trace.words import amount, span

Row = list[str]

HEAD = ["client", "connects", "accepted", "poured", "read", "sent", "closed"]
MOST = 40
"""Connections with a row of their own."""


def rows_of(cast: Cast, begin: int) -> list[Row]:
    """One row for each connection, the first of them only if there are very many."""
    pairs = cast.pairs
    rows = [_row(pair, begin) for pair in pairs[:MOST]]
    if len(pairs) > MOST:
        rows.append([f"and {len(pairs) - MOST:,} more", "", "", "", "", "", ""])
    return rows


def _row(pair: Pair, begin: int) -> Row:
    connection = pair.connection

    def when(t: int | None, never: str) -> str:
        return never if t is None else span((t - begin) / 1e9)

    return [
        pair.name,
        when(connection.begun, ""),
        when(connection.accepted, "never"),
        amount(pair.poured) if connection.who else "",
        amount(pair.taken),
        amount(pair.sent),
        when(connection.closed, "never"),
    ]


def connections(rows: list[Row]) -> str:
    """The rows as a table in HTML."""
    since = "Each connection, with the time of its events since the beginning"
    return table([HEAD, *rows], since)


def text_of(scene: Scene, rows: list[Row]) -> str:
    """The run as plain text: who came, what was found, how it ended."""
    lines = [f"The aisle of buckets: {scene['title']}", *columns([HEAD, *rows])]
    lines += [f"{mark['name']}: {mark['text']}" for mark in scene["lints"]]
    lines += _ending(scene)
    return "\n".join([*lines, *scene["missing"]])


def _ending(scene: Scene) -> list[str]:
    moments = scene["moments"]
    if not moments:
        return ["Nothing was recorded."]
    faults = [m for m in moments if m["k"] in ("fault", "end", "again")]
    told = [*faults[:6], moments[-1]]
    unique = {moment["t"]: scene["words"][moment["say"]] for moment in told}
    return [f"{span(t / 1e6):>9}  {words}" for t, words in sorted(unique.items())]
