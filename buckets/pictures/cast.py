"""Who is who in a trace: connections behind descriptors, people behind processes.

A descriptor is a number that is used again as soon as it is free, and after fork()
two processes hold the same connection under it. So every event is read with the
table of its own process, in the order of time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Event = dict[str, Any]
Key = tuple[int, int]

ON_A_DESCRIPTOR = {"try", "recv", "send", "shut", "close", "fail", "block"}


@dataclass
class Pair:
    """One connection: a pair of buckets."""

    name: str
    port: int
    born: int
    accepted: int | None = None
    closed: int | None = None
    left: int | None = None
    known: bool = False
    heard: int = 0
    poured: int = 0
    taken: int = 0
    sent: int = 0
    holders: set[int] = field(default_factory=set)
    number: int | None = None


@dataclass
class Act:
    """An event with the connection and the person it belongs to."""

    event: Event
    pair: Pair | None = None
    person: Key | None = None
    door: bool = False
    left: int = 0
    lists: list[list[Pair | int]] = field(default_factory=list)
    drops: list[Pair] = field(default_factory=list)


class Cast:
    """Everybody in a trace.

    Args:
        events: the lines of a trace in the order of time.
    """

    def __init__(self, events: Iterable[Event]):
        self.pairs: list[Pair] = []
        self.people: dict[Key, str] = {}
        self.acts: list[Act] = []
        self.listeners: dict[int, int] = {}
        self._tables: dict[int, dict[int, Pair]] = {}
        self._names: dict[str, int] = {}
        self._ports: dict[int, Pair] = {}
        for event in events:
            self.acts.append(self._read(event))

    def lookup(self, pid: int, number: int) -> Pair | None:
        """The connection behind a descriptor, as of the event read last."""
        return self._tables.get(pid, {}).get(number)

    # --- reading one event ---------------------------------------------------

    def _read(self, event: Event) -> Act:
        if "who" in event:
            return Act(event, self._client(event))
        kind = event.get("e")
        if kind == "end":
            return self._end(event)
        if "p" not in event:
            return Act(event)
        act = Act(event, person=self._person(event))
        if kind in ("wait", "woke"):
            # The tables move on, so the names of a list are looked up now.
            act.lists = [self._ends(event, kind) for kind in "rwx"]
        elif kind in ("start", "fork", "born"):
            self._family(event)
        elif kind == "accept":
            act.pair, act.door = self._accept(event), True
        elif kind in ON_A_DESCRIPTOR:
            self._on_descriptor(act)
        return act

    def _ends(self, event: Event, kind: str) -> list[Pair | int]:
        pid = event["p"]
        door, table = self.listeners.get(pid), self._tables.get(pid, {})
        return [-1 if n == door else table.get(n, -2) for n in event.get(kind) or []]

    def _end(self, event: Event) -> Act:
        # The outside writes this line for a server that could not: no "p" then.
        first = next(iter(self.people), (0, 0))
        pid = event.get("p") or first[0]
        act = Act(event, person=(pid, event.get("th") or 0))
        for pair in self._tables.pop(pid, {}).values():
            pair.holders.discard(pid)
            if not pair.holders and pair.closed is None:
                act.drops.append(pair)
        return act

    def _person(self, event: Event) -> Key:
        key = (event["p"], event.get("th") or 0)
        if key not in self.people:
            self.people[key] = self._title(key)
        return key

    def _title(self, key: Key) -> str:
        if not self.people:
            return "server"
        kind = "thread" if key[1] else "process"
        return f"{kind} {1 + sum(kind in title for title in self.people.values())}"

    def _family(self, event: Event) -> None:
        if event["e"] == "start":
            self.listeners[event["p"]] = event.get("listener", -1)
            return
        # Whichever line is first, the child's or the parent's, was written before
        # the parent could close its copy: only then are both tables the same.
        fork = event["e"] == "fork"
        parent = event["p"] if fork else event.get("parent", 0)
        child = event.get("child", 0) if fork else event["p"]
        if child in self._tables:
            return
        self._tables[child] = dict(self._tables.get(parent, {}))
        self.listeners[child] = self.listeners.get(parent, -1)
        for pair in self._tables[child].values():
            pair.holders.add(child)

    def _accept(self, event: Event) -> Pair:
        port = event.get("peer") or 0
        pair = self._ports.get(port)
        if pair is None or pair.accepted is not None:
            pair = self._new("", port, event["t"])
        pair.accepted = event["t"]
        pair.holders.add(event["p"])
        self._tables.setdefault(event["p"], {})[event.get("new", -1)] = pair
        return pair

    def _on_descriptor(self, act: Act) -> None:
        event = act.event
        pid, number = event["p"], event.get("fd", -1)
        act.door = number == self.listeners.get(pid)
        act.pair = self.lookup(pid, number)
        if act.pair is None:
            return
        if event["e"] == "recv":
            act.pair.taken += event.get("n", 0)
        elif event["e"] == "send":
            act.pair.sent += event.get("n", 0)
        elif event["e"] == "close":
            self._close(act)

    def _close(self, act: Act) -> None:
        pair, pid = act.pair, act.event["p"]
        assert pair is not None
        self._tables[pid].pop(act.event["fd"], None)
        pair.holders.discard(pid)
        act.left = len(pair.holders)
        if not pair.holders:
            pair.closed = act.event["t"]

    # --- the clients ---------------------------------------------------------

    def _client(self, event: Event) -> Pair:
        port, kind, who = event.get("port") or 0, event["e"], event["who"]
        pair = self._ports.get(port)
        if pair is None or (kind == "connect" and pair.known):
            pair = self._new(who, port, event["t"])
        elif not pair.known:
            pair.name = self._name(who)
        pair.known = True
        if kind == "pour":
            pair.poured += event.get("n", 0)
        elif kind in ("hear", "eof"):
            pair.heard += event.get("n", 0)
        elif kind in ("close", "reset"):
            pair.left = event["t"]
        return pair

    def _new(self, who: str, port: int, t: int) -> Pair:
        pair = Pair(self._name(who or "client"), port, t)
        self.pairs.append(pair)
        self._ports[port] = pair
        return pair

    def _name(self, who: str) -> str:
        count = self._names[who] = self._names.get(who, 0) + 1
        return who if count == 1 else f"{who} {count}"
