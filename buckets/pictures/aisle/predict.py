"""The questions of the predict mode: where will the walker go next?"""

from __future__ import annotations

from typing import Any

from buckets.pictures.aisle.state import Moment, Scene
from buckets.pictures.cast import DOOR

VISITS = ("accept", "dial", "fate", "recv", "send", "shut", "close", "fail", "try")
NOBODY = -3
"""The answer when a flag goes up and no bucket is visited."""

Question = list[Any]


def questions(scene: Scene) -> list[Question]:
    """Where the player stops to ask.

    A run with select() is stopped before a change of flags: the water is to be seen,
    the flags are not yet. A run without is stopped before each change of place.

    Returns:
        Lists of: the moment shown while asking, the moment that reveals, the number
        of the right answer (a pair, the door, or `NOBODY`), and all numbers whose
        flags go up.
    """
    moments: list[Moment] = scene["moments"]
    selects = any(m["k"] == "woke" and m["api"] != "sleep" for m in moments)
    return _by_flags(moments) if selects else _by_places(moments)


def _by_flags(moments: list[Moment]) -> list[Question]:
    asked: list[Question] = []
    before: dict[int, list[int]] = {}
    for index, moment in enumerate(moments):
        if moment["k"] != "woke" or moment["api"] == "sleep" or index == 0:
            continue
        up = sorted({*moment["r"], *moment["w"], *moment["x"]})
        changed = before.get(moment["p"]) != up
        before[moment["p"]] = up
        if up and changed:
            reveal, answer = _next_visit(moments, index)
            asked.append([index - 1, reveal, answer, up])
    return asked


def _next_visit(moments: list[Moment], index: int) -> tuple[int, int]:
    person = moments[index]["p"]
    for later in range(index + 1, len(moments)):
        moment = moments[later]
        if moment.get("p") != person:
            continue
        if moment["k"] in VISITS and moment.get("c") is not None:
            return later, _place(moment)
        if moment["k"] in ("wait", "end", "gap", "again"):
            break
    return index, NOBODY


def _place(moment: Moment) -> int:
    number: int = moment["c"]
    return DOOR if moment["k"] == "accept" else number


def _by_places(moments: list[Moment]) -> list[Question]:
    asked: list[Question] = []
    where: int | None = None
    for index, moment in enumerate(moments):
        if moment["k"] not in VISITS or moment.get("c") is None or "p" not in moment:
            continue
        place = _place(moment)
        if place != where and index:
            asked.append([index - 1, index, place, [place]])
        where = place
    return asked
