"""From the lines of a trace to the moments of a scene."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from buckets.pictures.aisle.state import WAITS, Moment, Scene, apply, empty
from buckets.pictures.cast import COUNTED, DOOR, REST, SHORT, Act, Cast, Key, Pair
from buckets.trace.trace import Event, poured, takes_nothing
from buckets.trace.words import visible

QUICK = 200_000
"""Nanoseconds: a wait that ends sooner was no rest, it only asked."""

LONG = 20_000_000
"""Nanoseconds: on a busy machine a call may take this long, and wait for nobody."""
FITS = 2048
"""Bytes: into an empty bucket this much always goes."""

AGAIN = ("EWOULDBLOCK", "EAGAIN")
IN_THE_AISLE = ("recv", "send", "shut", "close", "fail", "try")


class Script:
    """The moments of a cast, one for each line that changes the picture.

    Args:
        cast: everybody in the trace, with `Pair.number` set for those drawn.
        people: the numbers of the people drawn.
        scene: names and flags of the pairs, as `state.apply` needs them.
    """

    def __init__(self, cast: Cast, people: dict[Key, int], scene: Scene):
        self.moments: list[Moment] = []
        self._scene, self._people = scene, people
        self._state = empty(scene)
        self._waits: dict[Key, Moment] = {}
        self._apis: dict[Key, str] = {}
        self._tries: dict[Key, Moment] = {}
        self._left_alone: dict[Key, list[Moment]] = {}
        self._doubts: dict[Key, float] = {}
        self._rest: dict[int, int] = {}
        self._counts = [0, 0, 0]
        self._ended: set[int | None] = set()
        self._labels: dict[str, int] = {}
        self._begin = cast.acts[0].event["t"] if cast.acts else 0
        for act in cast.acts:
            self._read(act)
        cause_first(self.moments)

    @property
    def labels(self) -> list[str]:
        """The cells that code lines were seen in, in the order of their numbers."""
        return list(self._labels)

    def until(self, end: int) -> None:
        """The record ends at `end`, in ns: a call that had only begun may not wait."""
        for tried in self._tries.values():
            if "act" in tried and end - tried["act"].event["t"] < SHORT:
                tried["late"] = 1

    # --- one event -----------------------------------------------------------

    def _read(self, act: Act) -> None:
        kind = act.event.get("e", "")
        # A client and the server both connect and close: "who" tells them apart.
        make = Script.client if "who" in act.event else MAKERS.get(kind)
        moment = make(self, act) if make else None
        if moment is not None:
            self._add(act, moment)

    def _add(self, act: Act, moment: Moment) -> None:
        moment["t"] = (act.event["t"] - self._begin) // 1000
        person = self._people.get(act.person) if act.person else None
        if person is not None:
            moment["p"] = person
            moment["at"] = self._line(act.event.get("at"))
        elif act.person is not None and moment.get("c", REST) == REST:
            return
        moment["act"] = act
        self.moments.append(moment)
        # Only levels and places are looked up here; the rest would cost time.
        if moment["k"] not in ("wait", "woke", "try", "again"):
            apply(self._scene, self._state, moment)

    def _line(self, at: Any) -> list[int] | None:
        if not isinstance(at, list) or len(at) != 2:
            return None
        return [self._labels.setdefault(str(at[0]), len(self._labels)), at[1]]

    def _number(self, act: Act) -> int | None:
        if act.pair is not None:
            return REST if act.pair.number is None else act.pair.number
        return DOOR if act.door else None

    def _crowd(self, act: Act, place: int | None) -> Moment:
        """Somebody of the rest did something: only the counts are drawn."""
        was = self._rest.get(id(act.pair))
        if place is not None and (was is None or place > was):
            if was is not None:
                self._counts[was] -= 1
            self._counts[place] += 1
            self._rest[id(act.pair)] = place
        return {"k": "others", "c": REST, "rest": list(self._counts)}

    # --- clients -------------------------------------------------------------

    def client(self, act: Act) -> Moment | None:
        kind, number = CLIENT.get(act.event.get("e", "")), self._number(act)
        if kind is None:
            return None
        if number == REST:
            return self._crowd(act, 0 if kind == "connect" else None)
        if act.event.get("took") == 0:
            # There was no room for it: it waits, and pours then.
            return None
        moment: Moment = {"k": kind, "c": number}
        if kind in ("pour", "hear"):
            moment["n"] = poured(act.event)
            moment["said"] = visible(act.event.get("data", ""))[:48]
        return moment

    def levels(self, act: Act) -> Moment | None:
        """A sample of the kernel's queues, where it says something new."""
        pairs = self._scene["pairs"]
        queue = act.event.get("q") or {}
        found = [
            [number, queue[str(pair["port"])]]
            for number, pair in enumerate(pairs)
            if str(pair["port"]) in queue
        ]
        now = self._state["pairs"]
        news = [
            [number, level]
            for number, level in found
            if now[number]["place"] in ("door", "aisle")
            and now[number]["level"] != level
        ]
        return {"k": "level", "levels": news} if news else None

    # --- the server ----------------------------------------------------------

    def wait(self, act: Act) -> Moment:
        event = act.event
        moment = {"k": "wait", "api": event.get("api", "select")}
        moment |= self._sets(act) | {"timeout": event.get("timeout")}
        if act.person:
            self._waits[act.person] = moment
            self._apis[act.person] = moment["api"]
        return moment

    def woke(self, act: Act) -> Moment:
        wait = self._waits.pop(act.person, {}) if act.person else {}
        # The wait itself may only have been counted.
        api = self._apis.get(act.person, "select") if act.person else "select"
        moment = {"k": "woke", "api": api} | self._sets(act)
        if "act" in wait:
            slept = act.event["t"] - wait["act"].event["t"]
            wait["ms"] = moment["ms"] = slept / 1e6
            if act.event.get("made") is True:
                wait["leapt"] = 1
            if slept < QUICK:
                wait["quick"] = 1
        return moment

    def _never_slept(self, act: Act) -> None:
        wait = self._waits.pop(act.person, None) if act.person else None
        if wait is not None:
            wait["failed"] = _of_fail(act)["errno"]

    def _sets(self, act: Act) -> Moment:
        lists = act.lists or [[], [], []]
        shown = [[n for n in map(_end, ends) if n != REST] for ends in lists]
        more = [len(ends) - len(seen) for ends, seen in zip(lists, shown, strict=True)]
        return dict(zip("rwx", shown, strict=True)) | {"more": more}

    def attempt(self, act: Act) -> Moment | None:
        number = self._number(act)
        if number == REST or act.person is None or self._is_dry(act, number):
            return None
        self._called_away(act, act.person)
        moment = {"k": "try", "c": number, "op": act.event.get("op", "")}
        self._tries[act.person] = moment
        self._doubts[act.person] = self._doubt(act, number)
        return moment

    def stand(self, act: Act) -> Moment | None:
        """About to wait for a child: at no bucket, and nobody is looked at."""
        if act.person is None or act.person not in self._people:
            return None
        self._called_away(act, act.person)
        moment = {"k": "try", "c": None, "op": act.event["op"], "child": 1}
        self._tries[act.person] = moment
        self._doubts[act.person] = SHORT
        return moment

    def stood(self, act: Act) -> Moment | None:
        """Back from that; no moment where it did not have to wait."""
        tried = self._tries.get(act.person) if act.person else None
        self._settle(act)
        if act.person is not None and self._left_alone.get(act.person):
            return self._back_again(act.person)
        if tried is None or not any(moment is tried for moment in self.moments):
            return None
        return {"k": "stood", "c": None, "op": act.event["op"]}

    def _called_away(self, act: Act, person: Key) -> None:
        """A call that has begun, and not come back: a signal's handler makes another.

        Nobody else can: a thread that stands in a call makes no other one.
        """
        tried = self._tries.get(person)
        if tried is None or "act" not in tried:
            return
        self._left_alone.setdefault(person, []).append(tried)
        tried["away"] = 1
        self._settle(act)

    def _back_again(self, person: Key) -> Moment:
        """The handler is done, as far as can be seen: it stands where it stood."""
        before = self._left_alone[person].pop()
        moment: Moment = {"k": "try", "c": before["c"], "op": before["op"]}
        if "child" in before:
            moment["child"] = 1
        self._tries[person], self._doubts[person] = moment, SHORT
        return moment

    def _doubt(self, act: Act, number: int | None) -> float:
        """Nanoseconds for which a call may last and not have waited for a client.

        Where the buckets show nothing to wait for, it was the machine that was busy.
        """
        op, pairs = act.event.get("op", ""), self._state["pairs"]
        if op == "accept":
            return LONG if any(p["place"] == "door" for p in pairs) else SHORT
        if number is None or number < 0:
            return SHORT
        if op == "recv":
            return LONG if pairs[number]["level"] else SHORT
        known = self._scene["pairs"][number]["hears"]
        room = known and not pairs[number]["back"] and act.event.get("ask", FITS) < FITS
        return float("inf") if room else LONG

    def _is_dry(self, act: Act, number: int | None) -> bool:
        """Whether a recv() is of a client that has said all: then it never waits."""
        drawn = number is not None and number >= 0
        tap = self._state["pairs"][number]["tap"] if drawn else ""
        return act.event.get("op") == "recv" and tap in ("dry", "left", "reset")

    def _settle(self, act: Act) -> None:
        """Forget a `try` that did not have to wait: it is no moment of its own."""
        tried = self._tries.pop(act.person, None) if act.person else None
        if tried is None or "act" not in tried:
            return
        waited = act.event["t"] - tried["act"].event["t"]
        tried["ms"] = waited / 1e6
        if waited < self._doubts.get(act.person or (0, 0), SHORT):
            self._forget(tried)

    def _forget(self, moment: Moment) -> None:
        # It is among the last ones: so little time has passed since.
        for index in range(len(self.moments) - 1, -1, -1):
            if self.moments[index] is moment:
                del self.moments[index]
            if not self.moments or self.moments[max(0, index - 1)]["t"] < moment["t"]:
                return

    def accept(self, act: Act) -> Moment:
        self._settle(act)
        if self._number(act) == REST:
            return self._crowd(act, 1)
        return {"k": "accept", "c": self._number(act)}

    def dial(self, act: Act) -> Moment | None:
        self._settle(act)
        number = self._number(act)
        if number == REST:
            return self._crowd(act, 1)
        if number is None:
            return None
        return {"k": "dial", "c": number} | _of_dial(act)

    def call(self, act: Act) -> Moment | None:
        self._settle(act)
        event, number = act.event, self._number(act)
        kind = event["e"]
        if kind == "close" and number is None and event.get("p") in self._ended:
            # The connection went with its process: this is told already.
            return None
        if kind == "fail" and act.person and event.get("op") in WAITS:
            self._never_slept(act)
        if number == REST:
            gone = kind == "close" and not act.left
            return self._crowd(act, 2 if gone else None)
        moment: Moment = {"k": kind, "c": number}
        moment |= EXTRA[kind](act)
        return moment

    def family(self, act: Act) -> Moment | None:
        return {"k": "born"} if act.person in self._people else None

    def end(self, act: Act) -> Moment:
        gone = [p.number for p in act.drops if p.number is not None]
        moment: Moment = {"k": "end", "how": act.event.get("how", ""), "drop": gone}
        self._ended.add(act.person[0] if act.person else None)
        error = why(act.event)
        return moment | ({"error": error} if error else {})

    def fault(self, act: Act) -> Moment:
        return {"k": "fault"}

    def total(self, act: Act) -> Moment:
        """A stretch that was only counted. What was begun before it ended in it."""
        self._settle(act)
        wait = self._waits.pop(act.person, {}) if act.person else {}
        event = act.event
        wait.update(quick=1, cut=1)
        counts = {kind: event[kind] for kind in COUNTED if event.get(kind)}
        length = (event["to"] - event["from"]) / 1e6
        pose = _pose_of_counted(event, length, counts)
        return {"k": "again", "counts": counts, "ms": length, "pose": pose}


def _pose_of_counted(event: Event, length: float, counts: dict[str, int]) -> str:
    """More than a turn in each millisecond is no rest; fewer that move nothing are."""
    if length < max(counts.values(), default=0):
        return "spin"
    if event.get("moved"):
        return "stand"
    return "sit" if "waits" in counts else "wait"


ANSWERS = {"send": "hear", "shut": "over", "close": "over"}
"""What a client notices of what the server does."""


def cause_first(moments: list[Moment]) -> None:
    """Put what the server did before what a client noticed of it, and the reverse.

    A call is written down when it is over. By then the client may have its bytes: the
    call was made at some time since the last that is known of who made it. And accept()
    may be over before the connect() that it answers.
    """
    _connect_first(moments)
    for index in range(1, len(moments)):
        moment = moments[index]
        heard, place = ANSWERS.get(moment["k"]), index
        for before in range(index - 1, -1, -1):
            other = moments[before]
            if heard is None or "p" not in moment or other.get("p") == moment["p"]:
                break
            if other["k"] == heard and other["c"] == moment["c"]:
                place = before
        if place < index:
            del moments[index]
            moments.insert(place, moment | {"t": moments[place]["t"]})


def _connect_first(moments: list[Moment]) -> None:
    accepted: dict[int, int] = {}
    for index, moment in enumerate(moments):
        number = moment.get("c")
        if number is None or number < 0:
            continue
        if moment["k"] == "accept":
            accepted[number] = index
        elif moment["k"] == "connect" and number in accepted:
            place = accepted[number]
            del moments[index]
            moments.insert(place, moment | {"t": moments[place]["t"]})
            # All that is known to come later has moved on by one.
            accepted = {n: i + (i >= place) for n, i in accepted.items()}


def why(event: Event) -> str:
    """What a process died of: `ValueError: too many`, or what is known of that."""
    return ": ".join(filter(None, (event.get("kind"), event.get("error"))))


def _end(end: Pair | int) -> int:
    if isinstance(end, int):
        return end
    return REST if end.number is None else end.number


def _of_dial(act: Act) -> Moment:
    return {"under_way": 1} if act.event.get("under_way") else {}


def _of_recv(act: Act) -> Moment:
    count, level = act.event.get("n", 0), act.event.get("level")
    moment = {"n": count, "ask": act.event.get("ask", 0)}
    if count and takes_nothing(act.event):
        moment["stays"] = 1
        return moment if level is None else moment | {"level": level}
    # FIONREAD was read before the call, so what is left is the difference.
    return moment if level is None else moment | {"level": max(0, level - count)}


def _of_send(act: Act) -> Moment:
    count = act.event.get("n", 0)
    moment = {"n": count, "ask": act.event.get("ask", count)}
    return moment | ({"op": act.event["op"]} if "op" in act.event else {})


def _of_close(act: Act) -> Moment:
    return {"left": act.left} if act.left else {}


def _of_fail(act: Act) -> Moment:
    errno = act.event.get("errno") or act.event.get("error") or ""
    errno = "EAGAIN" if errno in AGAIN else errno
    return {"op": act.event.get("op", ""), "errno": errno}


EXTRA: dict[str, Callable[[Act], Moment]] = {
    "recv": _of_recv,
    "send": _of_send,
    "close": _of_close,
    "fail": _of_fail,
    "shut": lambda act: {"how": act.event.get("how", 2)},
    "fate": lambda act: {"errno": act.event.get("errno", "")},
}

CLIENT: dict[str, str | None] = {
    "connect": "connect",
    "answer": "answer",
    "pour": "pour",
    "hear": "hear",
    "eof": "over",
    "half_close": "half",
    "close": "leave",
    "reset": "reset",
    "refused": "refused",
}

MAKERS: dict[str, Callable[[Script, Act], Moment | None]] = {
    **dict.fromkeys(EXTRA, Script.call),
    "levels": Script.levels,
    "wait": Script.wait,
    "woke": Script.woke,
    "try": Script.attempt,
    "stand": Script.stand,
    "stood": Script.stood,
    "accept": Script.accept,
    "dial": Script.dial,
    "born": Script.family,
    "thread": Script.family,
    "end": Script.end,
    "sum": Script.total,
    "fault": Script.fault,
}
