"""Fewer moments for the same story: what repeats is counted, what is too long is cut.

A busy loop turns forty thousand times in a fifth of a second. Drawn one by one its
turns would hide everything else; counted, they are the story.
"""

from __future__ import annotations

from typing import Any

from buckets.pictures.aisle.state import Moment, Scene, apply, empty

UNIMPORTANT = {"t", "ms", "quick", "cut", "act", "counts"}
MOST = 1200
"""Moments drawn at most."""
BEFORE, HEAD = 700, 250
"""Of these: how many before the moment asked for, and how many of the beginning."""


class Repeats:
    """Drops the third and later rounds of anything that goes round in a circle.

    A round is any run of moments that is followed by the same run again: a turn of
    a busy loop, or one round of a polling server over all its sockets.
    """

    LONGEST = 64

    def __init__(self) -> None:
        self.kept: list[Moment] = []
        self._numbers: dict[str, int] = {}
        self._marks: list[int] = []
        self._earlier: list[int] = []  # where the same mark was before; -1 for never
        self._latest: dict[int, int] = {}
        self._lag = 0
        self._held: list[Moment] = []

    def add(self, moment: Moment) -> None:
        mark = self._note(moment)
        if self._lag and self._marks[-1 - self._lag] == mark:
            self._held.append(moment)
            return
        self.flush()
        self.kept.append(moment)
        self._lag = self._period()

    def _note(self, moment: Moment) -> int:
        mark = self._numbers.setdefault(_mark(moment), len(self._numbers))
        self._earlier.append(self._latest.get(mark, -1))
        self._latest[mark] = len(self._marks)
        self._marks.append(mark)
        return mark

    def _period(self) -> int:
        """How long a round is, if the last two were the same; or 0."""
        marks, end = self._marks, len(self._marks)
        before = self._earlier[-1]
        while before >= 0 and (lag := end - 1 - before) <= self.LONGEST:
            if (
                end >= 2 * lag
                and marks[end - lag :] == marks[end - 2 * lag : end - lag]
            ):
                return lag
            before = self._earlier[before]
        return 0

    def flush(self) -> None:
        """End the circle: say how often it went round, keep the piece of a round."""
        rounds = len(self._held) // self._lag if self._lag else 0
        if rounds > 1:
            self.kept.append(_again(self._held[: rounds * self._lag], rounds))
            self.kept += self._held[rounds * self._lag :]
        else:
            self.kept += self._held
        self._held = []


def _mark(moment: Moment) -> str:
    if "p" not in moment:
        # What a client does is news every time.
        return f"client {id(moment)}"
    return repr([item for item in moment.items() if item[0] not in UNIMPORTANT])


def _again(held: list[Moment], rounds: int) -> Moment:
    first, last = held[0], held[-1]
    length = max((last["t"] - first["t"]) / 1000, 0.001)
    rested = min(1.0, _asleep(held) / length)
    moment = {
        "k": "again",
        "t": last["t"],
        "p": last["p"],
        "at": last.get("at"),
        "n": rounds,
        "calls": len(held) // rounds,
        "ms": length,
        "rested": round(rested, 3),
        "counts": _counts(held),
        "pose": _pose(held, rested < 0.5),
    }
    return moment | _where(held, moment["pose"])


def _asleep(held: list[Moment]) -> float:
    """In waits, and in calls that wait for one client: a `try` is kept if it waited."""
    waits = [m for m in held if m["k"] in ("wait", "try") and "quick" not in m]
    return sum(m.get("ms", 0.0) for m in waits)


def _where(held: list[Moment], pose: str) -> Moment:
    """What was returned last, and where one stands, or runs to and fro from."""
    woke = [m for m in held if m["k"] == "woke" and m["api"] != "sleep"]
    found = {key: woke[-1][key] for key in ("r", "w", "x", "more")} if woke else {}
    places = [m["c"] for m in held if m.get("c") is not None]
    stays = pose in ("spin", "wait")
    return found | ({"c": places[-1]} if places and stays else {})


def _pose(held: list[Moment], busy: bool) -> str:
    if busy:
        return "spin"
    if not any(m["k"] == "wait" for m in held):
        return "wait"
    naps = any(m["k"] == "wait" and m["api"] == "sleep" for m in held)
    return "nap" if naps else "sit"


def _counts(held: list[Moment]) -> dict[str, int]:
    """What the recorder itself had only counted, in all these moments."""
    counts: dict[str, int] = {}
    for moment in held:
        for kind, count in moment.get("counts", {}).items():
            counts[kind] = counts.get(kind, 0) + count
    return counts


def fold_repeats(moments: list[Moment]) -> list[Moment]:
    repeats = Repeats()
    for moment in moments:
        repeats.add(moment)
    repeats.flush()
    return repeats.kept


# --- what was only counted --------------------------------------------------------


def fold_counted(moments: list[Moment]) -> list[Moment]:
    """One moment for a stretch that was counted, with samples of it in between.

    Of a busy loop the recorder counts most turns, and tells one now and then. Such a
    sample is the round that goes round, so it says nothing new.
    """
    kept: list[Moment] = []
    known: set[str] = set()
    for moment in moments:
        counted = bool(kept) and "counts" in kept[-1] and bool(kept[-1]["counts"])
        same = counted and kept[-1].get("p") == moment.get("p")
        if same and moment.get("counts"):
            kept[-1] = _longer(kept[-1], moment)
        elif not (same and _idle(moment) and _mark(moment) in known):
            known = _round(kept, known, moment)
            kept.append(moment)
    return kept


def _round(kept: list[Moment], known: set[str], moment: Moment) -> set[str]:
    """The marks of the round that goes round; none when something new happens."""
    if moment["k"] == "again":
        counted = moment["counts"] or "calls" not in moment
        return known if counted else set(map(_mark, kept[-moment["calls"] :]))
    new = "p" in moment and _mark(moment) not in known
    return set() if new else known


def _idle(moment: Moment) -> bool:
    """Whether it moves nobody on: it neither rests nor reads or sends anything."""
    asks = moment["k"] == "wait" and "quick" in moment
    looks = moment["k"] in ("woke", "fail")
    return asks or looks or (moment["k"] in ("recv", "send") and not moment["n"])


def _longer(one: Moment, other: Moment) -> Moment:
    """Two counted stretches as one, from the beginning of the first."""
    counts = {
        kind: one["counts"].get(kind, 0) + other["counts"].get(kind, 0)
        for kind in one["counts"] | other["counts"]
    }
    length = one["ms"] + (other["t"] - one["t"]) / 1000
    dense = length < max(counts.values())
    pose = "spin" if dense else other["pose"]
    found = {key: other[key] for key in ("r", "w", "x", "more", "c") if key in other}
    told = {"t": other["t"], "counts": counts, "ms": length, "pose": pose}
    return one | found | told


# --- turns that concern nobody drawn ---------------------------------------------


def fold_others(moments: list[Moment]) -> list[Moment]:
    """One moment for a run of things that only the undrawn connections did."""
    kept: list[Moment] = []
    for moment in moments:
        kept.append(moment)
        if moment["k"] == "others":
            _melt(kept)
    return kept


def _melt(kept: list[Moment]) -> None:
    last = kept[-1]
    back = len(kept) - 2
    while back >= 0 and last.get("p") is not None and _dull(kept[back], last["p"]):
        back -= 1
    if back < 0 or kept[back]["k"] != "others":
        return
    if kept[back].get("p", last.get("p")) != last.get("p", kept[back].get("p")):
        return
    last["acts"] = _tally(kept[back])
    for kind, count in _tally({"act": last["act"]}).items():
        last["acts"][kind] = last["acts"].get(kind, 0) + count
    if "p" in kept[back] and "p" not in last:
        last |= {"p": kept[back]["p"], "at": kept[back].get("at")}
    del kept[back:-1]


def _tally(moment: Moment) -> dict[str, int]:
    if "acts" in moment:
        return dict(moment["acts"])
    event = moment["act"].event
    side = "client " if "who" in event else ""
    return {side + event["e"]: 1}


def _dull(moment: Moment, person: int) -> bool:
    """A turn of the loop in which no flag of a drawn pair went up."""
    if moment["k"] not in ("wait", "woke") or moment.get("p") != person:
        return False
    return moment["k"] == "wait" or not any(
        end >= 0 for kind in "rwx" for end in moment[kind]
    )


# --- too long ---------------------------------------------------------------------


def cap(scene: Scene, moments: list[Moment], focus: int | None) -> list[Moment]:
    """At most `MOST` moments: the beginning, and those around `focus`.

    Args:
        scene: the pairs and people, to know the state on the far side of a gap.
        moments: all of them.
        focus: microseconds; the moment that must be in. None for the end.

    Returns:
        The moments, with one of kind `gap` where some were left out. What comes
        after the last one kept is counted in `scene["cut"]`.
    """
    if len(moments) <= MOST:
        return moments
    centre = _position(moments, focus)
    start = max(HEAD, centre - BEFORE)
    stop = min(len(moments), start + MOST - HEAD)
    start = max(HEAD, stop - MOST + HEAD)
    scene["cut"] = len(moments) - stop
    if start == HEAD:
        return moments[:stop]
    gap = _gap(scene, moments, start)
    return [*moments[:HEAD], gap, *moments[start:stop]]


def _position(moments: list[Moment], focus: int | None) -> int:
    if focus is None:
        return len(moments)
    return sum(moment["t"] <= focus for moment in moments)


def _gap(scene: Scene, moments: list[Moment], start: int) -> Moment:
    state: dict[str, Any] = empty(scene)
    for moment in moments[:start]:
        apply(scene, state, moment)
    del state["i"], state["now"]
    return {
        "k": "gap",
        "t": moments[start - 1]["t"],
        "n": start - HEAD,
        "state": state,
    }
