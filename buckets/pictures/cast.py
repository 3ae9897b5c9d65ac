"""Who is who in a trace: the pairs of buckets and the people of the picture.

Which connection a descriptor means is the ledger's knowledge (see trace.Ledger). Here
its connections and processes get the names that a picture has room for.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from buckets.trace.trace import (
    Connection,
    Event,
    Ledger,
    Step,
    Trace,
    poured,
    takes_nothing,
)

DOOR = -1
"""The listener's number where a pair's number could stand."""
REST = -2
"""The number of all the connections that are counted and not drawn."""
CLOSED = -4
"""The number of a socket that was closed before it was asked about."""
SHORT = 1_000_000
"""Nanoseconds: a call that returns sooner did not make anybody wait."""
COUNTED = ("waits", "accepts", "recvs", "sends", "fails")
"""What an event says of the calls that it stands for."""

Key = tuple[int, int]
"""A process and a thread in it; 0 for the main thread."""


@dataclass(eq=False)
class Pair:
    """One connection: a pair of buckets. `number` is its place, if it is drawn."""

    connection: Connection
    name: str = ""
    number: int | None = None
    poured: int = 0
    taken: int = 0
    sent: int = 0
    heard: int = 0


@dataclass(slots=True)
class Act:
    """An event with the pair and the person it belongs to.

    Args:
        left: how many processes still hold a connection that was closed.
        lists: what stood behind the descriptors of select()'s lists then.
        drops: the pairs that ended with their process.
    """

    event: Event
    pair: Pair | None = None
    person: Key | None = None
    door: bool = False
    left: int = 0
    lists: list[list[Pair | int]] = field(default_factory=list)
    drops: list[Pair] = field(default_factory=list)


class Cast:
    """Everybody in a trace, and all they did."""

    def __init__(self, trace: Trace):
        self.pairs: list[Pair] = []
        self.people: dict[Key, str] = {}
        self.acts: list[Act] = []
        self._main = trace.main
        self._of: dict[int, list[Act]] = {}
        for step in trace.walk():
            act = self._act(step)
            self.acts.append(act)
            if act.pair is not None:
                self._of.setdefault(id(act.pair), []).append(act)
        self._christen()

    def of(self, pair: Pair) -> list[Act]:
        """All that was done with one connection, in order."""
        return self._of.get(id(pair), [])

    def _act(self, step: Step) -> Act:
        event, ledger = step.event, step.ledger
        act = Act(event, self._pair(step.connection), self._person(event))
        kind = "" if "who" in event else event["e"]
        self._count(act, kind)
        if kind in ("wait", "woke"):
            # The tables move on, so the names of a list are looked up now.
            act.lists = self._lists(event, ledger)
        elif kind == "end":
            act.drops = [pair for pair in self.pairs if _dropped(pair.connection)]
        elif kind == "close" and step.connection:
            act.left = len(step.connection.holders)
        if kind and act.pair is None:
            act.door = ledger.is_door(event.get("p", 0), event.get("fd", -1))
        return act

    def _pair(self, connection: Connection | None) -> Pair | None:
        if connection is None:
            return None
        while len(self.pairs) <= connection.number:
            self.pairs.append(Pair(connection))
        return self.pairs[connection.number]

    def _person(self, event: Event) -> Key | None:
        if event["e"] == "end":
            # Its "th" is whoever wrote the line: it is the process that ends.
            return (event.get("p", self._main), 0)
        if "p" not in event or "who" in event:
            return None
        key = (event["p"], event.get("th", 0))
        if key not in self.people:
            self.people[key] = self._title(key)
        return key

    def _title(self, key: Key) -> str:
        if key == (self._main, 0) or not self.people:
            return "server"
        kind = "thread" if key[1] else "child"
        return f"{kind} {1 + sum(kind in title for title in self.people.values())}"

    def _lists(self, event: Event, ledger: Ledger) -> list[list[Pair | int]]:
        process = event["p"]
        held, door = ledger.held(process), ledger.doors.get(process, -1)

        def behind(number: int) -> Pair | int:
            if number < 0:
                return CLOSED
            if number == door:
                return DOOR
            connection = held.get(number)
            return REST if connection is None else self.pairs[connection.number]

        # Most lists are empty, and a busy loop has very many.
        return [list(map(behind, event[k])) if event[k] else [] for k in "rwx"]

    def _count(self, act: Act, kind: str) -> None:
        pair, count = act.pair, act.event.get("n", 0)
        if pair is None:
            return
        if kind == "recv":
            pair.taken += 0 if takes_nothing(act.event) else count
        elif kind == "send":
            pair.sent += count
        elif not kind:
            pair.poured += poured(act.event) * (act.event["e"] == "pour")
            pair.heard += count * (act.event["e"] == "hear")

    def _christen(self) -> None:
        """Give each pair a name of its own: a client may come several times."""
        seen: dict[str, int] = {}
        for pair in self.pairs:
            known = pair.connection
            name = known.who or known.title or f"port {known.port}"
            seen[name] = count = seen.get(name, 0) + 1
            pair.name = name if count == 1 else f"{name} {count}"


def _dropped(connection: Connection) -> bool:
    """Whether its process ended without a close: the kernel has closed it then."""
    accepted = connection.accepted is not None
    return accepted and not connection.holders and connection.closed is None
