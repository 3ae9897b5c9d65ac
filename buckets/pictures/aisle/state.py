"""What the aisle looks like at one moment: a pure function of a scene and a time.

The same function exists in `player.js`, and both are held to the same cases
(tests/package/pictures/state_cases.json). A rule that changes here changes there.

A *scene* is what `scene.build` makes of a trace: pairs, people and moments. A
*moment* is one thing that happened, and the state is what all the moments up to a
time have left behind. Nothing is interpolated: between two moments nothing was
measured, so nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from buckets.pictures.cast import DOOR, REST

Scene = dict[str, Any]
State = dict[str, Any]
Moment = dict[str, Any]

WAITS = ("select", "poll", "epoll", "selector")
"""The calls that ask for flags."""
OVER = ("gone", "dead")
"""Poses of somebody who does nothing any more."""


def state_at(scene: Scene, t: int) -> State:
    """What is drawn at `t` microseconds after the beginning of the scene.

    Args:
        scene: what `scene.build` returned, or the same from JSON.
        t: microseconds; before the first moment the aisle is empty.

    Returns:
        A new dictionary of plain JSON values.
    """
    state = empty(scene)
    for index, moment in enumerate(scene["moments"]):
        if moment["t"] > t:
            break
        apply(scene, state, moment)
        state["i"] = index
    return state


def empty(scene: Scene) -> State:
    """The state before the first moment."""
    return {
        "i": -1,
        "now": None,
        "pairs": [_new_pair() for _ in scene["pairs"]],
        "people": [{"at": "chair", "pose": "away"} for _ in scene["people"]],
        "door": 0,
        "lists": None,
        "line": None,
        "end": None,
        "rest": [0, 0, 0],
        "fault": 0,
    }


def _new_pair() -> dict[str, Any]:
    return {
        "place": "away",
        "tap": "off",
        "level": 0,
        "back": 0,
        "early": 0,
        "sent": 0,
        "short": 0,
        "shut": 0,
        "lost": 0,
        "said": "",
        "r": 0,
        "w": 0,
        "x": 0,
        "by": -1,
    }


def apply(scene: Scene, state: State, moment: Moment) -> None:
    """Change `state` by one moment."""
    if moment["k"] == "gap":
        # Moments were left out here, so the scene carries the state itself.
        state.update(_copy(moment["state"]))
    person = moment.get("p")
    # Who has ended runs no line any more: the one where it ended is left standing.
    if person is not None and state["people"][person]["pose"] not in OVER:
        ended = moment["k"] == "end"
        state["line"] = moment.get("at") or (state["line"] if ended else None)
    if "rest" in moment:
        state["rest"] = list(moment["rest"])
    state["now"] = [moment["k"], moment.get("c"), person]
    rule = RULES.get(moment["k"])
    if rule:
        rule(scene, state, moment)


def _copy(state: State) -> State:
    copied = dict(state)
    copied["pairs"] = [dict(pair) for pair in state["pairs"]]
    copied["people"] = [dict(person) for person in state["people"]]
    return copied


def _pair(state: State, moment: Moment) -> dict[str, Any]:
    """The pair a moment is about. An undrawn one gets a pair that nobody sees."""
    number = moment.get("c")
    drawn = number is not None and number >= 0
    return state["pairs"][number] if drawn else _new_pair()


# --- the clients' side ----------------------------------------------------------


def _connect(scene: Scene, state: State, moment: Moment) -> None:
    pair = _pair(state, moment)
    pair["tap"] = "open"
    # accept() may return before the client's own connect() does.
    if pair["place"] == "away":
        pair["place"] = "door"


def _answer(scene: Scene, state: State, moment: Moment) -> None:
    """Somebody whom the server has called. The call may not be noted yet."""
    _pair(state, moment)["tap"] = "open"


def _pour(scene: Scene, state: State, moment: Moment) -> None:
    pair = _pair(state, moment)
    pair["level"] += moment["n"]
    pair["said"] = moment.get("said", "")


def _hear(scene: Scene, state: State, moment: Moment) -> None:
    pair = _pair(state, moment)
    taken = min(pair["back"], moment["n"])
    pair["back"] -= taken
    # Of a long sendall() much is heard before the call is over, and noted.
    pair["early"] += moment["n"] - taken


def _level(scene: Scene, state: State, moment: Moment) -> None:
    for number, level in moment["levels"]:
        state["pairs"][number]["level"] = level


def _dry(scene: Scene, state: State, moment: Moment) -> None:
    _end_of_tap(_pair(state, moment), "dry")


def _leave(scene: Scene, state: State, moment: Moment) -> None:
    _end_of_tap(_pair(state, moment), "left")


def _end_of_tap(pair: dict[str, Any], how: str) -> None:
    """A client ends in one way: who has vanished or left does not do so again."""
    if pair["tap"] not in ("reset", "left"):
        pair["tap"] = how


def _reset(scene: Scene, state: State, moment: Moment) -> None:
    _pair(state, moment).update(tap="reset", back=0, early=0)


# --- the server's side ----------------------------------------------------------


def _stand(state: State, moment: Moment, pose: str, at: Any = None) -> None:
    if "p" not in moment:
        return
    person = state["people"][moment["p"]]
    if person["pose"] in OVER:
        # What a dying process still closes is no work any more.
        return
    person["pose"] = pose
    if at is not None:
        person["at"] = at


def _spot(moment: Moment) -> Any:
    number = moment.get("c")
    return {None: None, DOOR: "door", REST: "rest"}.get(number, number)


def _sets(moment: Moment) -> dict[str, Any]:
    """The three lists; `more` counts what is in them and not drawn."""
    return {key: moment[key] for key in ("r", "w", "x", "more")}


def _wait(scene: Scene, state: State, moment: Moment) -> None:
    if moment["api"] == "sleep":
        _stand(state, moment, "nap")
        return
    failed = moment.get("failed", "")
    pose = "ask" if moment.get("quick") else "sit"
    _stand(state, moment, "fail" if failed else pose, "chair")
    for number, pair in enumerate(state["pairs"]):
        if pair["by"] == moment["p"]:
            # A flag that is no longer asked about is not looked at: it comes down.
            for kind in "rwx":
                pair[kind] &= int(number in moment[kind])
    state["door"] &= int(DOOR in moment["r"])
    waiting = {"p": moment["p"], "api": moment["api"], "timeout": moment["timeout"]}
    asked = {"asked": _sets(moment), "back": None, "failed": failed}
    state["lists"] = waiting | asked


def _woke(scene: Scene, state: State, moment: Moment) -> None:
    if moment["api"] == "sleep":
        _stand(state, moment, "stand")
        return
    _stand(state, moment, "stand", "chair")
    raised = [moment[kind] for kind in "rwx"]
    for number, pair in enumerate(state["pairs"]):
        r, w, x = (int(number in ends) for ends in raised)
        if r or w or x or pair["by"] == moment["p"]:
            pair.update(r=r, w=w, x=x, by=moment["p"])
    state["door"] = int(DOOR in moment["r"])
    if state["lists"]:
        state["lists"] = state["lists"] | {"back": _sets(moment)}


def _try(scene: Scene, state: State, moment: Moment) -> None:
    # Who waits for a child stands at nobody's bucket.
    at = "chair" if "child" in moment else _spot(moment)
    _stand(state, moment, "wait", at)


def _stood(scene: Scene, state: State, moment: Moment) -> None:
    _stand(state, moment, "stand")


def _accept(scene: Scene, state: State, moment: Moment) -> None:
    _stand(state, moment, "work", "door")
    pair = _pair(state, moment)
    pair["place"] = "aisle"
    if pair["tap"] == "off":
        pair["tap"] = "open"
    queue = sum(pair["place"] == "door" for pair in state["pairs"])
    # Level-triggered: the flag at the door is up as long as somebody stands there.
    if queue + state["rest"][0] == 0:
        state["door"] = 0


def _dial(scene: Scene, state: State, moment: Moment) -> None:
    """The server has called somebody itself: a pair that never stood at the door."""
    _stand(state, moment, "work", _spot(moment))
    pair = _pair(state, moment)
    pair["place"] = "aisle"
    if pair["tap"] == "off" and not moment.get("under_way"):
        pair["tap"] = "open"


def _fate(scene: Scene, state: State, moment: Moment) -> None:
    _stand(state, moment, "work", _spot(moment))
    if moment["errno"]:
        _pair(state, moment)["tap"] = "reset"


def _recv(scene: Scene, state: State, moment: Moment) -> None:
    _stand(state, moment, "work", _spot(moment))
    pair = _pair(state, moment)
    if moment["n"] == 0:
        # End of file: there is nothing to scoop, and the flag stays up for ever.
        pair["level"] = 0
        _end_of_tap(pair, "dry")
        return
    took = 0 if moment.get("stays") else moment["n"]
    pair["level"] = moment.get("level", max(0, pair["level"] - took))
    if pair["level"] == 0 and pair["tap"] == "open":
        pair["r"] = 0


def _send(scene: Scene, state: State, moment: Moment) -> None:
    _stand(state, moment, "work", _spot(moment))
    pair = _pair(state, moment)
    pair["sent"] += moment["n"]
    pair["short"] = int(moment["n"] < moment["ask"])
    number = moment.get("c")
    drawn = number is not None and number >= 0
    # Without the client's own account nobody knows what it has taken out again.
    if drawn and scene["pairs"][moment["c"]]["hears"]:
        heard = min(pair["early"], moment["n"])
        pair["early"] -= heard
        pair["back"] += moment["n"] - heard


def _shut(scene: Scene, state: State, moment: Moment) -> None:
    _stand(state, moment, "work", _spot(moment))
    _pair(state, moment)["shut"] = 1


def _close(scene: Scene, state: State, moment: Moment) -> None:
    _stand(state, moment, "work", _spot(moment))
    # After fork() a pair belongs to several; it goes when the last one lets go.
    if not moment.get("left"):
        _remove(_pair(state, moment))


def _remove(pair: dict[str, Any]) -> None:
    pair.update(place="gone", r=0, w=0, x=0, short=0)


def _fail(scene: Scene, state: State, moment: Moment) -> None:
    _stand(state, moment, "fail", _spot(moment))
    pair = _pair(state, moment)
    if moment.get("op") in WAITS:
        if state["lists"]:
            state["lists"] = state["lists"] | {"failed": moment["errno"]}
    elif moment["errno"] == "EAGAIN":
        # The call itself has looked: no water in front, or no room behind.
        pair.update({"r": 0, "level": 0} if moment["op"] == "recv" else {"w": 0})
    elif moment["errno"] in ("ECONNRESET", "EPIPE") and pair["tap"] != "left":
        pair["tap"] = "reset"


def _again(scene: Scene, state: State, moment: Moment) -> None:
    _stand(state, moment, moment["pose"], _spot(moment))
    if "r" in moment and state["lists"]:
        state["lists"] = state["lists"] | {"back": _sets(moment)}


def _born(scene: Scene, state: State, moment: Moment) -> None:
    _stand(state, moment, "stand", "door")


def _end(scene: Scene, state: State, moment: Moment) -> None:
    how = moment.get("how", "")
    _stand(state, moment, "dead" if how in ("raised", "killed") else "gone")
    if moment.get("p") == 0:
        error = moment.get("error", "")
        state["end"] = {"how": how, "error": error, "line": state["line"]}
    for number in moment.get("drop", []):
        _remove(state["pairs"][number])
        state["pairs"][number]["lost"] = 1


def _others(scene: Scene, state: State, moment: Moment) -> None:
    _stand(state, moment, "work", "rest")


def _fault(scene: Scene, state: State, moment: Moment) -> None:
    state["fault"] = 1


RULES: dict[str, Callable[[Scene, State, Moment], None]] = {
    "connect": _connect,
    "answer": _answer,
    "dial": _dial,
    "fate": _fate,
    "pour": _pour,
    "hear": _hear,
    "level": _level,
    "half": _dry,
    "leave": _leave,
    "reset": _reset,
    "wait": _wait,
    "woke": _woke,
    "try": _try,
    "stood": _stood,
    "accept": _accept,
    "recv": _recv,
    "send": _send,
    "shut": _shut,
    "close": _close,
    "fail": _fail,
    "again": _again,
    "born": _born,
    "end": _end,
    "others": _others,
    "fault": _fault,
}
