"""From a state to what is shown: attributes, short texts and places. Also pure.

A style sheet does the rest: which pose, which flag and how much water are visible
follows from `data-` attributes alone. player.js has the same function.
"""

from __future__ import annotations

from typing import Any

from buckets.pictures.aisle.state import OVER, Scene, State
from buckets.trace.words import amount

Look = dict[str, Any]

WIDTH = 700
LEFT, RIGHT, STRIP = 116, 10, 36
"""Pixels for the door and the chair, for the margin, for what is not drawn."""
WIDEST = 150
FLOOR, DOORSTEP = 306, 222
CHAIR_X, DOOR_X = 34, 84
BESIDE = 14
"""Pixels between two people who stand at the same place."""
FALLEN = 46
"""Pixels from the chair to somebody who has fallen off it."""
LINE, BANDS = 11, 8


def columns(pairs: int, rest: int) -> dict[str, Any]:
    """Where the pairs stand: the middle of each column, and the width of one."""
    room = WIDTH - LEFT - RIGHT - (STRIP if rest else 0)
    pitch = min(WIDEST, room // max(pairs, 1))
    start = LEFT + (room - pitch * pairs) // 2
    xs = [start + pitch * n + pitch // 2 for n in range(pairs)]
    return {"x": xs, "pitch": pitch, "rest": WIDTH - RIGHT - STRIP // 2}


def step(level: int) -> int:
    """How high the water is drawn, 0 to 8: a step for each factor of four."""
    height = 0
    while level > 0 and height < BANDS:
        height += 1
        level //= 4
    return height


def look(scene: Scene, state: State) -> Look:
    """What a state looks like.

    Args:
        scene: with `columns`.
        state: what `state_at` returned.

    Returns:
        For `pairs`, `people` and `door` the attributes (without `data-`), and the
        texts by class.
    """
    pairs = [_pair(scene, state, number) for number in range(len(state["pairs"]))]
    return {
        "pairs": pairs,
        "people": [
            _person(scene, state, number) for number in range(len(state["people"]))
        ],
        "door": {"flag": state["door"], "text": _queue(state)},
        "rest": _rest(state),
        "answer": _answer(state),
        "rows": _rows(pairs),
    }


def _rows(pairs: list[Look]) -> dict[str, int]:
    """Which rows have values: a label without one only asks a question."""
    there = [pair for pair in pairs if pair["place"] in ("aisle", "gone")]
    return {
        "unread": int(bool(there)),
        "way": int(any(pair["behind"] for pair in there)),
        "sent": int(any(pair["sent"] for pair in there)),
    }


def _pair(scene: Scene, state: State, number: int) -> Look:
    pair, now = state["pairs"][number], state["now"]
    here = now is not None and now[1] == number
    closed = pair["place"] == "gone"
    known = scene["pairs"][number]["hears"]
    return {
        "place": pair["place"],
        "tap": pair["tap"],
        "level": pair["level"],
        "step": step(pair["level"]),
        "back": pair["back"],
        "backstep": step(pair["back"]),
        "flag": "".join(kind for kind in "rwx" if pair[kind]),
        "short": pair["short"],
        "shut": pair["shut"],
        "now": now[0] if here else "",
        "said": pair["said"] if here and now[0] == "pour" else "",
        "amount": _closed(pair) if closed else _amount(pair["level"]),
        "behind": "" if closed or not known else _amount(pair["back"]),
        "sent": amount(pair["sent"]) if pair["sent"] else "",
    }


def _amount(level: int) -> str:
    return amount(level) if level else "empty"


def _closed(pair: Look) -> str:
    """Who closed a connection: the server, or the kernel, when the server ended."""
    return "cut off" if pair["lost"] else "closed"


def _answer(state: State) -> str:
    """What select() has answered to its last question."""
    lists = state["lists"]
    if not lists:
        return ""
    if lists["failed"]:
        return f"failed: {lists['failed']}"
    if lists["back"]:
        back = lists["back"]
        found = back["r"] or back["w"] or back["x"] or any(back["more"])
        return "returned those with a flag" if found else "returned nothing: time is up"
    pose = state["people"][lists["p"]]["pose"]
    if pose in OVER:
        return "never answered: the server has ended"
    return NOT_YET.get(pose, "the answer was only counted")


def _queue(state: State) -> str:
    count = sum(pair["place"] == "door" for pair in state["pairs"])
    count += state["rest"][0]
    return f"{count} waiting" if count else ""


def _rest(state: State) -> str:
    door, aisle, gone = state["rest"]
    if door + aisle + gone == 0:
        return ""
    counts = f"{door} at the door, {aisle} in the aisle, {gone} closed"
    return f"Not drawn: {counts}."


def _person(scene: Scene, state: State, number: int) -> Look:
    person = state["people"][number]
    x, y = _spot(scene, person["at"])
    others = state["people"][:number]
    crowd = sum(p["at"] == person["at"] and p["pose"] not in HIDDEN for p in others)
    fallen = person["pose"] == "dead" and person["at"] == "chair"
    return {
        "at": person["at"],
        "pose": person["pose"],
        "x": x + BESIDE * crowd + FALLEN * fallen,
        "y": y,
        # Of two who stand side by side the second has its name a line lower.
        "low": LINE * min(crowd, 2),
        "mark": MARKS.get(person["pose"], ""),
    }


def _spot(scene: Scene, at: Any) -> tuple[int, int]:
    if at == "chair":
        return CHAIR_X, FLOOR
    if at == "door":
        return DOOR_X, DOORSTEP
    if at == "rest":
        return scene["columns"]["rest"], FLOOR
    return scene["columns"]["x"][at], FLOOR


NOT_YET = {"sit": "no answer yet: asleep", "ask": "the answer comes at once"}
HIDDEN = ("away", "gone")
MARKS = {
    "ask": "asks",
    "wait": "waits",
    "sit": "asleep",
    "nap": "sleep()",
    "spin": "no rest",
    "gone": "gone",
    "dead": "died",
}
