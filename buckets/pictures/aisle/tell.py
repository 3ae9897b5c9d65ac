"""One sentence for each moment: what a screen reader says and what the eye reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from buckets.pictures.aisle.state import Moment, Scene
from buckets.pictures.cast import CLOSED, DOOR, REST
from buckets.trace.words import bytes_, listing, span, times, visible

NAMES = 6
"""Names in a sentence at most."""
SHOWN = 32
"""Characters of the bytes that moved."""
NAMELESS = {DOOR: "the door", CLOSED: "a closed socket"}
SHUT = {0: "stop reading from", 1: "stop sending to", 2: "stop both ways with"}


class Teller:
    """Tells moments in words.

    Args:
        scene: its pairs and people have the names; `selects` says whether there are
            flags at all.
    """

    def __init__(self, scene: Scene):
        self._pairs = [pair["name"] for pair in scene["pairs"]]
        self._people = [person["name"] for person in scene["people"]]
        self._flags = bool(scene.get("selects"))

    def __call__(self, moment: Moment) -> str:
        words = WORDS.get(moment["k"])
        text = words(self, moment) if words else ""
        person = moment.get("p")
        if text and person is not None and len(self._people) > 1:
            return f"{self._people[person]}: {text}"
        # A name or a call that begins a sentence keeps its small letter.
        plain = moment["k"] in ("again", "born", "end", "others", "still")
        return text[:1].upper() + text[1:] if plain else text

    def name(self, number: int | None, moment: Moment | None = None) -> str:
        """What an end of a list or the subject of a moment is called."""
        if number is None:
            event = moment["act"].event if moment and "act" in moment else {}
            return f"descriptor {event['fd']}" if "fd" in event else "nobody drawn"
        if number in NAMELESS:
            return NAMELESS[number]
        return "another" if number == REST else self._pairs[number]

    def _of(self, moment: Moment) -> str:
        return self.name(moment.get("c"), moment)

    def _names(self, moment: Moment, kind: str) -> list[str]:
        names = [self.name(number) for number in moment[kind]]
        more = moment["more"]["rwx".index(kind)] + max(0, len(names) - NAMES)
        return names[:NAMES] + ([f"{more} more"] if more else [])

    # --- clients -------------------------------------------------------------

    def connect(self, moment: Moment) -> str:
        return f"{self._of(moment)} connects and stands at the door."

    def answer(self, moment: Moment) -> str:
        return f"{self._of(moment)} answers the server's call."

    def pour(self, moment: Moment) -> str:
        return f"{self._of(moment)} pours {bytes_(moment['n'])}{_water(moment)}."

    def hear(self, moment: Moment) -> str:
        return f"{self._of(moment)} gets {bytes_(moment['n'])} back{_water(moment)}."

    def half(self, moment: Moment) -> str:
        return f"{self._of(moment)} has said all, and listens on: the pipe is dry."

    def leave(self, moment: Moment) -> str:
        return f"{self._of(moment)} hangs up: the pipe is dry."

    def reset(self, moment: Moment) -> str:
        return f"{self._of(moment)} vanishes with a reset."

    def over(self, moment: Moment) -> str:
        return f"{self._of(moment)} is told that nothing more will come."

    def refused(self, moment: Moment) -> str:
        return f"{self._of(moment)} finds the door shut: connection refused."

    def level(self, moment: Moment) -> str:
        found = [f"{self.name(n)} has {bytes_(v)}" for n, v in moment["levels"]]
        return f"Measured: {listing(found)} waiting."

    # --- the server ----------------------------------------------------------

    def wait(self, moment: Moment) -> str:
        api, asleep = moment["api"], _slept(moment)
        if api == "sleep":
            return f"time.sleep(): nobody looks at anything; {asleep}."
        asks = [
            f"{listing(names)} for {what}"
            for kind, what in (("r", "reading"), ("w", "writing"), ("x", "exceptions"))
            if (names := self._names(moment, kind))
        ]
        return f"{api}() asks about {', and '.join(asks) or 'nobody'}; {asleep}."

    def woke(self, moment: Moment) -> str:
        if moment["api"] == "sleep":
            return "time.sleep() is over."
        up = [
            f"{listing(names)} {'is' if len(names) == 1 else 'are'} {what}"
            for kind, what in (
                ("r", "readable"),
                ("w", "writable"),
                ("x", "exceptional"),
            )
            if (names := self._names(moment, kind))
        ]
        if not up:
            return f"{moment['api']}() returns three empty lists: the time is up."
        return f"{moment['api']}() returns: {', '.join(up)}."

    def attempt(self, moment: Moment) -> str:
        where = self._of(moment)
        call = f"{moment['op']}()"
        if "late" in moment:
            nowhere = moment["op"] == "accept" or "child" in moment
            on = "" if nowhere else f" on {where}"
            return f"{call}{on} begins; what comes of it is not in the trace."
        if "child" in moment:
            text = f"{call}: stands there until a child ends"
        elif moment["op"] == "recv":
            text = f"{call} on {where}: stands there until water comes"
        elif moment["op"] == "connect":
            text = f"{call}: stands there until somebody answers"
        elif moment["op"] == "accept":
            text = f"{call}: stands at the door until somebody comes"
        else:
            text = f"{call} on {where}: stands there until there is room"
        return f"{text}; {_waited(moment)}."

    def stood(self, moment: Moment) -> str:
        return f"{moment['op']}() is over."

    def dial(self, moment: Moment) -> str:
        if moment.get("under_way"):
            return f"connect() calls {self._of(moment)}: the call is under way."
        return f"connect() calls {self._of(moment)}, and the connection stands."

    def fate(self, moment: Moment) -> str:
        what = moment["errno"] or "no error, the connection stands"
        return f"SO_ERROR of {self._of(moment)}: {what}."

    def accept(self, moment: Moment) -> str:
        return f"accept() lets {self._of(moment)} in{self._guest(moment)}."

    def _guest(self, moment: Moment) -> str:
        """Who that is, where the clients' story knows nothing of it."""
        pair = moment["act"].pair if "act" in moment else None
        if pair is None or pair.connection.who or not pair.connection.title:
            return ""
        return ": the check itself, to see whether the loop still turns"

    def recv(self, moment: Moment) -> str:
        if moment["n"] == 0:
            stays = " This flag stays up until the socket is closed."
            text = f"recv() on {self._of(moment)} gives b'': end of file."
            return text + stays * self._flags
        if moment.get("stays"):
            return _left_there(moment, self._of(moment))
        text = f"recv() scoops {bytes_(moment['n'])} from {self._of(moment)}"
        text += _water(moment)
        left = moment.get("level")
        text = f"{text}; {bytes_(left)} stay." if left else f"{text}."
        return f"{text} The test lets it take no more." if _made(moment) else text

    def send(self, moment: Moment) -> str:
        count, ask, call = moment["n"], moment["ask"], moment.get("op", "send")
        if count < ask:
            why = "the test lets it take no more" if _made(moment) else "no more room"
            part = f"{count:,} of {bytes_(ask)}"
            return f"{call}() tips {part} behind {self._of(moment)}: {why}."
        text = f"{call}() tips {bytes_(count)} behind {self._of(moment)}"
        return f"{text}{_water(moment)}."

    def shut(self, moment: Moment) -> str:
        what = SHUT.get(moment["how"], "a strange call on")
        return f"shutdown(): {what} {self._of(moment)}."

    def close(self, moment: Moment) -> str:
        if moment.get("c") is None:
            return f"close(): {self._of(moment)}, which is nobody's pair."
        text = f"close(): {self._of(moment)}'s pair"
        if moment.get("left"):
            return f"{text} is let go here, and still held by {moment['left']} more."
        return f"{text} is taken away." if moment.get("c") != DOOR else "close(): door."

    def fail(self, moment: Moment) -> str:
        call, where = f"{moment['op']}()", self._of(moment)
        where = "" if moment["op"] in ("select", "poll", "epoll") else f" on {where}"
        why = " The test has made it so." if _made(moment) else ""
        if moment["errno"] == "EAGAIN":
            what = "no room" if moment["op"] == "send" else "nothing there"
            return f"{call}{where}: {what} (BlockingIOError).{why}"
        error = moment["act"].event.get("error") or moment["errno"]
        return f"{call}{where} fails: {error}.{why}"

    def again(self, moment: Moment) -> str:
        length = span(moment["ms"] / 1000)
        if moment["counts"]:
            done = [f"{count:,} {kind}" for kind, count in moment["counts"].items()]
            fast = moment["pose"] == "spin"
            why = "too fast to write down one by one" if fast else "only counted"
            return f"{why}: {listing(done)} in {length}."
        calls = "call" if moment["calls"] == 1 else f"{moment['calls']} steps"
        text = f"the same {calls} again, {times(moment['n'])}"
        if moment["rested"] >= 0.01:
            rest = f"{moment['rested']:.0%} of the time asleep"
        else:
            rest = "without a moment's rest"
        return f"{text} in {length}, {rest}."

    # --- the run -------------------------------------------------------------

    def born(self, moment: Moment) -> str:
        thread = moment["act"].event["e"] == "thread"
        return "a thread begins." if thread else "a process begins, born by fork()."

    def end(self, moment: Moment) -> str:
        how, error = ENDS.get(moment["how"], "ends"), moment.get("error", "")
        who = "this process" if moment.get("p") else "the server"
        return f"{who} {how}: {error}." if error else f"{who} {how}."

    def others(self, moment: Moment) -> str:
        tally = moment.get("acts")
        if tally is None:
            event = moment["act"].event
            tally = {("client " if "who" in event else "") + event["e"]: 1}
        done = [_count(kind, count) for kind, count in tally.items()]
        return f"the rest: {listing(done)}."

    def gap(self, moment: Moment) -> str:
        return f"{moment['n']:,} moments are left out here."

    def still(self, moment: Moment) -> str:
        length, call = span(moment["ms"] / 1000), moment["call"]
        text = f"for {length} nobody has moved, and here the record ends."
        return f"{text} The server is still in {call}()." if call else text

    def fault(self, moment: Moment) -> str:
        # In a transcript "<" says which way bytes went; in a sentence it is "less".
        text = str(moment["act"].event.get("text", ""))
        text = text.replace(" < expected", " expected", 1)
        # To the system every wait is sleep; here, asleep is who sits on the chair.
        text = text.replace("and the server is asleep", "and the server waits", 1)
        return f"Here the test failed: {text}"


def _made(moment: Moment) -> bool:
    """Whether a test let this happen: a mishap, and nothing that a client did."""
    return "act" in moment and moment["act"].event.get("made") is True


def _left_there(moment: Moment, who: str) -> str:
    """A recv() after which the bucket is as full as before."""
    water, event = _water(moment), moment["act"].event if "act" in moment else {}
    if event.get("urgent"):
        return f"recv() takes {who}'s urgent byte{water}; the others stay."
    return f"recv() looks at {bytes_(moment['n'])} of {who}{water}; all of them stay."


def _water(moment: Moment) -> str:
    """The first of the bytes that moved: which lines they are is the whole point."""
    event = moment["act"].event if "act" in moment else {}
    data = visible(event.get("data", "")).replace("'", "\\'")
    if not data:
        return ""
    whole = len(data) <= SHOWN and moment["n"] <= len(event["data"])
    return f", b'{data}'" if whole else f", b'{data[:SHOWN]}…'"


def _slept(moment: Moment) -> str:
    if "failed" in moment:
        return f"it fails: {moment['failed']}"
    if moment.get("cut"):
        return "what follows was only counted"
    if moment.get("leapt") and moment.get("timeout"):
        return f"the test lets {moment['timeout']:g} s pass at once"
    if moment.get("quick"):
        return "the answer comes at once"
    if "ms" in moment:
        return f"asleep for {span(moment['ms'] / 1000)}"
    return "asleep until the trace ends"


def _waited(moment: Moment) -> str:
    if "away" in moment:
        return f"a signal calls it away after {span(moment['ms'] / 1000)}"
    if "ms" in moment:
        return f"that takes {span(moment['ms'] / 1000)}"
    return "and still stands there when the trace ends"


ENDS: dict[Any, str] = {
    "returned": "has returned",
    "raised": "has died of an exception",
    "exited": "has exited",
    "killed": "was killed",
}
OTHERS = {
    "client connect": ("connects", "connect"),
    "client pour": ("pours", "pour"),
    "client hear": ("gets an answer", "get an answer"),
    "client half_close": ("has said all", "have said all"),
    "client close": ("hangs up", "hang up"),
    "client eof": ("hears the end", "hear the end"),
    "client reset": ("vanishes", "vanish"),
}


def _count(kind: str, count: int) -> str:
    if kind in OTHERS:
        return f"{count:,} {OTHERS[kind][count != 1]}"
    return f"{kind.removeprefix('client ')}() {times(count)}"


WORDS: dict[str, Callable[[Teller, Moment], str]] = {
    name: getattr(Teller, name)
    for name in (
        "connect answer dial fate pour hear half leave reset over refused level wait "
        "woke stood accept recv send shut close fail again born end "
        "others gap still fault"
    ).split()
} | {"try": Teller.attempt}
