"""The aisle of buckets: a run of a server, drawn and played from its trace.

replay(trace)                   opens at the beginning
replay(trace, at=t, lint=l)     opens where it went wrong, and says what did
replay(trace, predict=True)     stops before each change of flags and asks
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any

from buckets.pictures.aisle.draw import DARK, LIGHT, asset, poster_style, svg
from buckets.pictures.aisle.legend import legend
from buckets.pictures.aisle.look import look
from buckets.pictures.aisle.scene import build, index_at
from buckets.pictures.aisle.state import Scene, State, apply, empty, state_at
from buckets.pictures.aisle.summary import connections, rows_of, text_of
from buckets.pictures.aisle.tell import NAMELESS
from buckets.pictures.cast import Cast
from buckets.pictures.picture import Picture, as_data, as_json
from buckets.trace.trace import Trace
from buckets.trace.words import amount, listing, span

LINE = 96
"""Characters of a line of code below the poster."""
SYMPTOM = "spinning"
"""The lint that says what is seen from outside, whatever is behind it."""


def replay(
    trace: Trace | str | Path,
    *,
    at: int | None = None,
    lint: Any = None,
    predict: bool = False,
    sources: Mapping[str, str] | None = None,
    title: str = "",
    told: bool = False,
) -> Picture:
    """Draw a recorded run as the aisle of buckets.

    Args:
        trace: what was recorded, or the path of its file.
        at: nanoseconds, on the clock of the trace; the player opens there. By
            default at the beginning.
        lint: what was found in the trace, one or several: objects or mappings with
            `t` (nanoseconds), `name` and `text`.
        predict: start in the mode that asks before it shows.
        sources: the learner's code by cell label, for the line that runs.
        title: what the server is called; by default the task of the trace.
        told: whether the reader knows already what is wrong; then nothing is asked.

    Returns:
        A picture that a notebook can show.

    Raises:
        OSError: the file cannot be read. What is broken in it is no error: the
            picture says what is missing.
    """
    if not isinstance(trace, Trace):
        trace = Trace.load(trace)
    # The cause before what it leads to: it is the first that is told.
    marks = [_mark(found) for found in _several(lint)]
    marks.sort(key=lambda mark: mark["name"] == SYMPTOM)
    focus = at if at is not None else _interest(trace, marks)
    name = title or trace.start.get("task") or "server"
    cast = Cast(trace)
    scene = build(
        trace, title=name, sources=sources, marks=marks, focus=focus, cast=cast
    )
    scene["predict"] = int(predict)
    scene["open"] = 0 if at is None else index_at(scene, (at - trace.begin) // 1000)
    scene["opened"] = _opened(scene)
    shown = _telling_moment(scene, trace, focus)
    poster = svg(scene, _state(scene, shown), _foot(scene, shown), poster_style())
    rows = rows_of(cast, trace.begin)
    return Picture(
        html=_html(scene, poster, _alt(scene, shown), connections(rows), told),
        text=text_of(scene, rows),
        poster_svg=poster,
    )


def _several(lint: Any) -> list[Any]:
    if lint is None:
        return []
    one = isinstance(lint, Mapping) or not isinstance(lint, Iterable)
    return [lint] if one else list(lint)


def _mark(lint: Any) -> dict[str, Any]:
    if isinstance(lint, Mapping):
        return dict(lint)
    return {key: getattr(lint, key) for key in ("t", "name", "text")}


def _interest(trace: Trace, marks: list[dict[str, Any]]) -> int | None:
    """The moment that must not be left out of a long run, in nanoseconds."""
    if marks:
        return int(marks[0]["t"])
    faults = [event["t"] for event in trace.events if event["e"] == "fault"]
    return faults[0] if faults else None


def _telling_moment(scene: Scene, trace: Trace, focus: int | None) -> int:
    """The moment for the poster: where it went wrong, or where most is going on."""
    if focus is not None:
        return index_at(scene, (focus - trace.begin) // 1000)
    best, most, state = 0, -1, empty(scene)
    for index, moment in enumerate(scene["moments"]):
        apply(scene, state, moment)
        busy = _flags(state) if moment["k"] in ("woke", "recv", "try") else -1
        best, most = (index, busy) if busy > most else (best, most)
    return best


def _flags(state: State) -> int:
    ready = sum(pair["r"] + pair["w"] + (pair["level"] > 0) for pair in state["pairs"])
    return int(ready) + int(state["door"])


def _state(scene: Scene, index: int) -> State:
    moments = scene["moments"]
    return state_at(scene, moments[index]["t"] if moments else 0)


# --- words for the poster ---------------------------------------------------------


def _sentence(scene: Scene, index: int) -> str:
    if not scene["moments"]:
        return "Nothing was recorded."
    moment = scene["moments"][index]
    return f"{span(moment['t'] / 1e6)}: {scene['words'][moment['say']]}"


def _foot(scene: Scene, index: int) -> list[str]:
    """The sentences below the poster, for those who see nothing but the poster."""
    state = _state(scene, index)
    lines = [mark["text"] for mark in scene["lints"][:1]]
    lines += [_sentence(scene, index), _asked(scene, state), _code(scene, state)]
    return [line for line in [*lines, *scene["missing"]] if line]


def _asked(scene: Scene, state: State) -> str:
    lists = state["lists"]
    if not lists:
        return ""
    asked = _names(scene, lists["asked"])
    back = look(scene, state)["answer"]
    if lists["back"] and not lists["failed"]:
        back = f"returned {_names(scene, lists['back']) or 'three empty lists'}"
    return f"{lists['api']}() asked for {asked or 'nothing'}; {back}."


def _names(scene: Scene, sets: Mapping[str, Any]) -> str:
    words = []
    for kind, word in (("r", "read"), ("w", "write"), ("x", "except")):
        names = [
            scene["pairs"][n]["name"] if n >= 0 else NAMELESS[n] for n in sets[kind]
        ]
        more = sets["more"]["rwx".index(kind)]
        names += [f"{more} more"] if more else []
        words += [f"{word}: {listing(names)}"] if names else []
    return "; ".join(words)


def _code(scene: Scene, state: State) -> str:
    if not state["line"]:
        return ""
    label, number = scene["labels"][state["line"][0]], state["line"][1]
    lines = scene["sources"].get(label, "").splitlines()
    code = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    ended = state["end"] and state["end"]["line"] == state["line"]
    function = scene["places"].get(label, {}).get(str(number), [0, 0, ""])[2]
    inside = f", in {function}" if function not in ("", label) else ""
    where = f"line {number} of {label}{inside}"
    where = f"It ended on {where}" if ended else f"L{where[1:]}"
    return where + (f":  {code[:LINE]}" if code else "")


def _alt(scene: Scene, index: int) -> str:
    state = _state(scene, index)
    pairs = [
        _in_words(scene["pairs"][number]["name"], pair)
        for number, pair in enumerate(state["pairs"])
        if pair["place"] != "away"
    ]
    lints = [mark["text"] for mark in scene["lints"][:1]]
    first = f"The aisle of buckets of {scene['title']} at {_sentence(scene, index)}"
    # What a test says of a failure ends without a full stop.
    first = first if first.endswith(".") else f"{first}."
    return " ".join([first, *lints, *pairs])


def _in_words(name: str, pair: Mapping[str, Any]) -> str:
    place = {"door": "at the door", "aisle": "in the aisle", "gone": "closed"}
    parts = [place[pair["place"]]]
    if pair["place"] != "gone":
        parts.append(f"{amount(pair['level'])} waiting")
    parts += [f"flag {kind} up" for kind in "rwx" if pair[kind]]
    parts += {"dry": ["dry pipe"], "left": ["dry pipe"], "reset": ["reset"]}.get(
        pair["tap"], []
    )
    return f"{name}: {', '.join(parts)}."


# --- the page ---------------------------------------------------------------------


def _html(scene: Scene, poster: str, alt: str, rows: str, told: bool) -> str:
    label = escape(f"Replay of {scene['title']}: the aisle of buckets", quote=True)
    return (
        f'<div class="ab" data-buckets-aisle data-lm-suppress-shortcuts="true" '
        f'tabindex="0" role="group" aria-label="{label}">'
        f"<style>{_style()}</style>{_banner(scene, told)}"
        f'<div class="ab-slot"><div class="ab-stage"><img alt="{escape(alt)}" '
        f'width="700" src="{as_data(poster)}"></div></div>'
        f"{_missing(scene)}{legend()}"
        '<details class="ab-data"><summary>The run as a table</summary>'
        f"{_found(scene)}{rows}</details>"
        f'<script type="application/json" class="ab-scene">{as_json(scene)}</script>'
        f"<script>{asset('player.js')}</script></div>"
    )


def _style() -> str:
    sheet = (
        asset("player.css").replace("LIGHT;", LIGHT + ";").replace("DARK;", DARK + ";")
    )
    return " ".join((sheet + asset("picture.css")).split())


def _banner(scene: Scene, told: bool) -> str:
    """One for all lints: often they are several views of the same event.

    It asks before it tells, see docs/decisions/008-the-replay-asks-first.md; but there
    is no riddle below its answer.
    """
    if not scene["lints"]:
        return ""
    name, text = (escape(scene["lints"][0][key]) for key in ("name", "text"))
    others = dict.fromkeys(escape(mark["name"]) for mark in scene["lints"][1:])
    others.pop(name, None)
    also = f" <span>Also: {listing(list(others))}.</span>" if others else ""
    opened, first = (" open", TELLS) if told else ("", ASKS)
    return (
        f'<details class="ab-banner"{opened}><summary>{first}</summary>'
        f"<p><b>{name}</b> {text}{also}</p></details>"
    )


ASKS = (
    "<b>What is wrong here?</b> Look for it first. <span></span><u>Show the answer</u>"
)
"""The player says in the empty place where the fault is marked."""
TELLS = "<b>What is wrong here.</b> <span></span>"


def _opened(scene: Scene) -> str:
    """Where the player stands at first, if that is not the beginning, and why."""
    index, moments = scene["open"], scene["moments"]
    if index == 0 or not moments:
        return ""
    failed = moments[index]["k"] == "fault"
    why = "where the test failed (✗)" if failed else "at the moment in question"
    if index == len(moments) - 1 and not failed:
        why = "at the end of the record"
    step = f"step {index + 1} of {len(moments)}"
    return f"Opened at {step}, {why}; what led to it comes before. "


def _found(scene: Scene) -> str:
    """All lints in full, where there is more to say than the banner does."""
    if len(scene["lints"]) < 2:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{escape(mark["name"])}</th>'
        f"<td>{escape(mark['text'])}</td></tr>"
        for mark in scene["lints"]
    )
    return f"<table><caption>What was found in the run</caption>{rows}</table>"


def _missing(scene: Scene) -> str:
    text = " ".join(scene["missing"])
    return f'<p class="ab-missing">{escape(text)}</p>' if text else ""
