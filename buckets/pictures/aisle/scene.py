"""A scene: the compact, bounded JSON from which the aisle is drawn.

    {"version": 1, "title": ..., "length": microseconds,
     "pairs":   [{"name", "port", "hears"}, ...]        at most 12
     "people":  [{"name", "main"}, ...]
     "moments": [{"t", "k", "say", ...}, ...]           at most thin.MOST
     "words":   [sentence, ...]                         moments' "say" counts into it
     "labels":  [cell, ...]  "sources": {cell: text}
     "places":  {cell: {line: [first, last, function]}}   the statement of a line
     "lints":   [{"i", "name", "text"}, ...]
     "selects": 1 if select(), poll() or epoll() was called
     "asks":    [[stop, reveal, number, [numbers]], ...]
     "columns": {"x": [...], "pitch", "rest"}            pixels
     "rest":    how many connections are counted and not drawn
     "cut":     moments at the end that were left out
     "missing": [sentence, ...]}

Times are whole microseconds since the first line, and no two moments share one: a
step of the player is a time, and the other way round.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from buckets.pictures.aisle import thin
from buckets.pictures.aisle.look import columns
from buckets.pictures.aisle.moments import Script
from buckets.pictures.aisle.predict import questions
from buckets.pictures.aisle.state import Moment, Scene
from buckets.pictures.aisle.tell import Teller
from buckets.pictures.cast import Cast, Key, Pair
from buckets.trace.code import places
from buckets.trace.trace import Trace

PAIRS = 12
PEOPLE = 16
NOT_DRAWN = {"act", "ms", "away", "acts", "calls", "rested", "counts", "cut"}


def build(
    trace: Trace,
    *,
    title: str = "",
    sources: Mapping[str, str] | None = None,
    marks: Iterable[Mapping[str, Any]] = (),
    focus: int | None = None,
    cast: Cast | None = None,
) -> Scene:
    """Make the scene of a trace.

    Args:
        trace: what was recorded.
        title: what the server is called.
        sources: the learner's code by cell label, for the line that runs.
        marks: lints as mappings with `t` (nanoseconds), `name`, `text`.
        focus: nanoseconds; where moments must not be left out.
        cast: who is in the trace, where that is known already; its pairs are numbered.

    Returns:
        The scene; JSON can write it.
    """
    cast, marks = cast or Cast(trace), list(marks)
    begin = trace.begin
    scene = _stage(cast, title, _telling(trace, marks))
    script = Script(cast, _people(cast, scene), scene)
    script.until(trace.end)
    moments = thin.fold_counted(thin.fold_repeats(script.moments))
    moments = thin.fold_others(moments)
    moments = _spread(moments)
    at = None if focus is None else (focus - begin) // 1000
    moments = thin.cap(scene, moments, at)
    if not scene["cut"]:
        moments += _stillness(moments, (trace.end - begin) // 1000)
    scene["selects"] = int(any(_is_select(moment) for moment in moments))
    _tell(scene, moments)
    scene["labels"] = script.labels
    scene["sources"] = _wanted(script.labels, sources or {})
    scene["places"] = _places(scene)
    scene["length"] = _length(scene, trace)
    scene["lints"] = [_mark(scene, mark, begin) for mark in marks]
    scene["asks"] = questions(scene)
    scene["missing"] = [*filter(None, [trace.missing]), *_shortened(scene)]
    return scene


def _telling(trace: Trace, marks: list[Mapping[str, Any]]) -> str:
    """All that is said of failures: who is named there must be drawn."""
    faults = [e.get("text", "") for e in trace.events if e["e"] == "fault"]
    return " ".join([*faults, *(str(mark.get("text", "")) for mark in marks)])


def _stage(cast: Cast, title: str, told: str) -> Scene:
    drawn = _choose(cast.pairs, told)
    for number, pair in enumerate(drawn):
        pair.number = number
    return {
        "version": 1,
        "title": title,
        "pairs": [
            {"name": p.name, "port": p.connection.port, "hears": _hears(p)}
            for p in drawn
        ],
        "people": [],
        "rest": len(cast.pairs) - len(drawn),
        "cut": 0,
        "columns": columns(len(drawn), len(cast.pairs) - len(drawn)),
    }


def _hears(pair: Pair) -> int:
    """Whether the client tells what it takes out: only a client of the cast does."""
    return int(bool(pair.connection.who))


def _choose(pairs: list[Pair], told: str) -> list[Pair]:
    """The pairs to draw: those that a failure names, then the first that came."""

    def unnamed(pair: Pair) -> bool:
        return not re.search(rf"(?<!\w){re.escape(pair.name)}(?!\w)", told)

    order = sorted(pairs, key=unnamed)
    chosen = {id(pair) for pair in order[:PAIRS]}
    return [pair for pair in pairs if id(pair) in chosen]


def _people(cast: Cast, scene: Scene) -> dict[Key, int]:
    """The people who ever touch the door or a pair that is drawn."""
    main = next(iter(cast.people), None)
    busy: dict[Key, None] = {} if main is None else {main: None}
    for act in cast.acts:
        drawn = act.pair is not None and act.pair.number is not None
        if act.person in cast.people and drawn and act.event.get("e") != "accept":
            busy.setdefault(act.person)
    chosen = list(busy)[:PEOPLE]
    scene["people"] = [{"name": cast.people[key]} for key in chosen]
    scene["uncounted"] = len(cast.people) - len(chosen)
    return {key: number for number, key in enumerate(chosen)}


def _spread(moments: list[Moment]) -> list[Moment]:
    """Give every moment a time of its own, at least a microsecond after the last."""
    last = -1
    for moment in moments:
        moment["t"] = last = max(moment["t"], last + 1)
    return moments


STILL = 100_000
"""Microseconds: a silence that is as long is a step of the run, and often its point."""


def _stillness(moments: list[Moment], end: int) -> list[Moment]:
    """The end of the record as a moment of its own, if nothing had moved for long."""
    if not moments or moments[-1]["k"] in ("end", "fault"):
        return []
    last = moments[-1]
    silence = end - last["t"]
    if silence < STILL:
        return []
    stands = [moment for moment in moments if "p" in moment][-1:]
    where = {each["k"]: each.get("op") or each.get("api") for each in stands}
    call = where.get("try") or where.get("wait") or ""
    return [{"k": "still", "t": end, "ms": silence / 1000, "call": call}]


def _tell(scene: Scene, moments: list[Moment]) -> None:
    tell, words = Teller(scene), dict[str, int]()
    scene["moments"] = []
    for moment in moments:
        sentence = "".join(filter(str.isprintable, tell(moment)))
        said = words.setdefault(sentence, len(words))
        shown = {k: v for k, v in moment.items() if k not in NOT_DRAWN}
        scene["moments"].append(shown | {"say": said})
    scene["words"] = list(words)


def _wanted(labels: list[str], sources: Mapping[str, str]) -> dict[str, str]:
    return {label: sources[label] for label in labels if label in sources}


def _places(scene: Scene) -> dict[str, dict[str, list[Any]]]:
    """The statement and the function of every line that the moments name."""
    lines: dict[str, set[int]] = {}
    for moment in scene["moments"]:
        if moment.get("at"):
            label, line = moment["at"]
            lines.setdefault(scene["labels"][label], set()).add(line)
    return {
        label: {
            str(line): list(place)
            for line, place in places(source, lines.get(label, ())).items()
        }
        for label, source in scene["sources"].items()
    }


def _length(scene: Scene, trace: Trace) -> int:
    """When the record ends: a server may stand still for long after its last step."""
    last = scene["moments"][-1]["t"] if scene["moments"] else 0
    return last if scene["cut"] else max(last, (trace.end - trace.begin) // 1000)


def _is_select(moment: Moment) -> bool:
    return moment["k"] in ("wait", "woke") and moment["api"] != "sleep"


def index_at(scene: Scene, t: int) -> int:
    """The last moment at or before `t` microseconds; 0 if there is none."""
    return max(0, sum(moment["t"] <= t for moment in scene["moments"]) - 1)


def _mark(scene: Scene, mark: Mapping[str, Any], begin: int) -> dict[str, Any]:
    return {
        "i": index_at(scene, (mark["t"] - begin) // 1000),
        "name": mark.get("name", ""),
        "text": mark.get("text", ""),
    }


def _shortened(scene: Scene) -> list[str]:
    gaps = sum(m.get("n", 0) for m in scene["moments"] if m["k"] == "gap")
    sentences = []
    if gaps or scene["cut"]:
        sentences.append(
            f"Only {len(scene['moments']):,} moments are drawn; "
            f"{gaps + scene['cut']:,} more are left out."
        )
    if scene["uncounted"] > 0:
        workers = "worker is" if scene["uncounted"] == 1 else "workers are"
        sentences.append(f"{scene['uncounted']:,} more {workers} not drawn.")
    return sentences
