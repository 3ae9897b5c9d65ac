"""A trace as the turns of a loop: what was asked, what came back, what was done then.

One pass over the events, from which the lints read. A turn begins with a wait and ends
with the next one. A server without a loop, such as one that blocks in recv(), has a
single turn that lasts to its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from buckets.trace.trace import (
    REAPING,
    Connection,
    Event,
    Ledger,
    Step,
    Trace,
    takes_nothing,
)

MS = 1_000_000

# What moves a server on. A flag that leads to none of these will be up again.
_PROGRESS = frozenset("accept close shut connect dial fork".split())


@dataclass(eq=False)
class Flag:
    """A descriptor that a wait asked for or returned.

    `connection` is None for the listener and for what is nobody's connection.
    """

    fd: int
    connection: Connection | None
    door: bool

    @property
    def name(self) -> str:
        """What a sentence calls it."""
        if self.connection:
            return self.connection.name
        return "the listener" if self.door else f"descriptor {self.fd}"


@dataclass(eq=False)
class Call:
    """A call on a socket that could have blocked, and how long it took.

    `end` is None while it has not come back. `flagged` says that the wait before it
    had reported the descriptor, and nothing was done with it since.
    """

    op: str
    flag: Flag
    begin: int
    flagged: bool
    worker: tuple[int, int]
    event: Event
    end: int | None = None

    def until(self, last: int) -> int:
        """Its end; for a call that never came back, the end of all."""
        return last if self.end is None else self.end


@dataclass(eq=False)
class Turn:
    """One turn of a loop, or `turns` of them that were only counted.

    Args:
        begin: when it asked.
        wait: the wait line; an empty one for the time before the first wait, and for
            turns that were counted.
        woke: when the wait returned; None while it has not.
        end: when the next one began; None if none did.
        deeds: what was done between waking up and the next wait.
        cut: whether the lists were too long to be written in full.
        moved: whether anything was read, written, accepted or closed.
        counted: whether these are turns that were counted and not written.
    """

    worker: tuple[int, int]
    begin: int
    wait: Event = field(default_factory=dict)
    woke: int | None = None
    end: int | None = None
    asked: dict[str, list[Flag]] = field(default_factory=dict)
    found: dict[str, list[Flag]] = field(default_factory=dict)
    deeds: list[tuple[Event, Connection | None]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    cut: bool = False
    moved: bool = False
    turns: int = 1
    fails: int = 0
    counted: bool = False

    @property
    def slept(self) -> int:
        """How long it waited, in ns."""
        return self.woke - self.begin if self.woke is not None else 0

    @property
    def touched(self) -> set[int]:
        """The descriptors that anything was done with."""
        return {event.get("fd", -1) for event, _ in self.deeds}

    def worked(self, last: int) -> int:
        """How long it was on its feet, in ns; `last` is the end of all."""
        if self.woke is None:
            return 0
        return (last if self.end is None else self.end) - self.woke


@dataclass(eq=False)
class Water:
    """Bytes that lay unread in one connection's bucket, from when till when."""

    connection: Connection
    since: int
    until: int | None = None

    def lay(self, begin: int, end: int) -> bool:
        """Whether they lay there during all of that time."""
        return self.since <= begin and (self.until is None or self.until >= end)


class Story:
    """All the turns of a trace, worker by worker, and what happened to each client."""

    def __init__(self, trace: Trace):
        self.begin, self.end = trace.begin, trace.end
        self.workers: dict[tuple[int, int], list[Turn]] = {}
        self.waters: list[Water] = []
        self.sends: dict[int, list[Event]] = {}
        self.eofs: dict[int, list[Event]] = {}
        self.fails: list[tuple[Event, Turn]] = []
        self.endings: set[int] = set()
        self.owners: dict[int, tuple[int, int]] = {}
        self.acceptors: set[tuple[int, int]] = set()
        self.closers: dict[int, set[int]] = {}
        self.closes: list[tuple[Event, Connection]] = []
        self.ledger = Ledger()
        self._lying: dict[int, Water] = {}
        self._trying: dict[tuple[int, int], Call] = {}
        self._fresh: dict[tuple[int, int], set[int]] = {}
        for step in trace.walk():
            self.ledger = step.ledger
            self._see(step)

    @property
    def connections(self) -> list[Connection]:
        """Everybody, as things stand at the end."""
        return self.ledger.connections

    def turns(self) -> Iterator[list[Turn]]:
        """The turns of each worker that has a loop."""
        for turns in self.workers.values():
            if any(turn.wait for turn in turns):
                yield turns

    def in_vain(self) -> int:
        """How often a worker has asked, since it last moved anything; the most.

        It asks by a wait, or by a call that had nothing for it.
        """
        return max(map(_in_vain, self.workers.values()), default=0)

    def calls(self) -> Iterator[Call]:
        """All calls that could have blocked."""
        for turns in self.workers.values():
            for turn in turns:
                yield from turn.calls

    # Reading ---------------------------------------------------------------------

    def _see(self, step: Step) -> None:
        event = step.event
        if "who" in event:
            self._client(event, step.connection)
        elif "p" in event:
            self._server(event, step)

    def _client(self, event: Event, connection: Connection | None) -> None:
        if connection and event["e"] == "pour":
            if connection.number not in self._lying and not connection.closed:
                water = Water(connection, event["t"])
                self._lying[connection.number] = water
                self.waters.append(water)
        elif connection and event["e"] == "reset":
            self._dry(connection, event["t"])

    def _dry(self, connection: Connection, t: int) -> None:
        water = self._lying.pop(connection.number, None)
        if water:
            water.until = t

    def _server(self, event: Event, step: Step) -> None:
        worker = (event["p"], event.get("th", 0))
        kind = event["e"]
        if kind in REAPING:
            return
        turn = self._turn(worker, event)
        if kind == "wait" and event["api"] != "sleep":
            self._wait(worker, event, step.ledger)
        elif kind == "woke" and turn.wait and turn.woke is None:
            self._woke(turn, event, step.ledger)
        elif kind == "sum":
            self._sum(worker, event)
        elif kind == "end":
            self.endings.add(event["p"])
        elif kind not in ("woke", "thread", "start", "born", "done", "oops"):
            self._deed(turn, event, step)

    def _turn(self, worker: tuple[int, int], event: Event) -> Turn:
        turns = self.workers.setdefault(worker, [])
        if not turns or (turns[-1].counted and event["e"] not in ("wait", "sum")):
            turns.append(Turn(worker, event["t"], woke=event["t"]))
        return turns[-1]

    def _wait(self, worker: tuple[int, int], event: Event, ledger: Ledger) -> None:
        turns = self.workers[worker]
        if not turns[-1].counted:
            turns[-1].end = event["t"]
        asked = _flags(event, ledger)
        turns.append(Turn(worker, event["t"], wait=event, asked=asked))
        self._trying.pop(worker, None)

    def _woke(self, turn: Turn, event: Event, ledger: Ledger) -> None:
        turn.woke = event["t"]
        turn.found = _flags(event, ledger)
        turn.cut = "cut" in turn.wait or "cut" in event
        self._fresh[turn.worker] = {fd for key in "rwx" for fd in event[key]}

    def _sum(self, worker: tuple[int, int], event: Event) -> None:
        turns = self.workers[worker]
        summed = Turn(worker, event["from"], woke=event["from"], end=event["to"])
        summed.counted, summed.turns = True, event.get("waits", 0)
        summed.fails = event.get("fails", 0)
        summed.moved = event.get("moved", 0) > 0
        if turns[-1].wait and turns[-1].woke is None:
            # How that wait ended was counted and not written.
            summed.begin = turns.pop().begin
            summed.turns += 1
        elif turns[-1].end is None:
            turns[-1].end = event["from"]
        turns.append(summed)

    def _deed(self, turn: Turn, event: Event, step: Step) -> None:
        connection, kind = step.connection, event["e"]
        turn.deeds.append((event, connection))
        moved = kind in _PROGRESS or event.get("n", 0) > 0
        turn.moved = turn.moved or moved
        turn.fails += kind == "fail"
        if kind == "try":
            self._try(turn, event, step)
            if connection:
                self.owners[connection.number] = turn.worker
            return
        self._came_back(turn.worker, event)
        self._fresh.get(turn.worker, set()).discard(event.get("fd", -1))
        if kind == "fail":
            self.fails.append((event, turn))
        if kind == "accept":
            self.acceptors.add(turn.worker)
        if connection:
            self._on_connection(event, connection)
            self.owners[connection.number] = turn.worker

    def _try(self, turn: Turn, event: Event, step: Step) -> None:
        flag = _flag(event["p"], event["fd"], step.ledger)
        flagged = event["fd"] in self._fresh.get(turn.worker, ())
        call = Call(event["op"], flag, event["t"], flagged, turn.worker, event=event)
        turn.calls.append(call)
        self._trying[turn.worker] = call

    def _came_back(self, worker: tuple[int, int], event: Event) -> None:
        call = self._trying.get(worker)
        if call and event.get("fd") == call.flag.fd:
            call.end = event["t"]
            del self._trying[worker]

    def _on_connection(self, event: Event, connection: Connection) -> None:
        kind, number = event["e"], connection.number
        if kind == "recv":
            if event["n"] == 0:
                self.eofs.setdefault(number, []).append(event)
            if event["n"] >= event.get("level", 0) and not takes_nothing(event):
                self._dry(connection, event["t"])
        elif kind == "send" or (kind == "fail" and event["op"].startswith("send")):
            self.sends.setdefault(number, []).append(event)
        elif kind == "close":
            self.closers.setdefault(number, set()).add(event["p"])
            self.closes.append((event, connection))
            if connection.closed:
                self._dry(connection, event["t"])


def _in_vain(turns: list[Turn]) -> int:
    idle = takewhile(lambda turn: not turn.moved, reversed(turns))
    return sum(turn.turns + turn.fails for turn in idle)


def _flags(event: Event, ledger: Ledger) -> dict[str, list[Flag]]:
    return {key: [_flag(event["p"], fd, ledger) for fd in event[key]] for key in "rwx"}


def _flag(process: int, fd: int, ledger: Ledger) -> Flag:
    return Flag(fd, ledger.connection(process, fd), ledger.is_door(process, fd))


def names(things: list[Any], most: int = 3) -> str:
    """The names of flags or connections as a sentence has them: "anna, ben and 4 more".

    Each is named once, in the order given.
    """
    unique = list(dict.fromkeys(thing.name for thing in things))
    if len(unique) > most:
        unique = [*unique[: most - 1], f"{len(unique) - most + 1} more"]
    if len(unique) < 2:
        return "".join(unique)
    return ", ".join(unique[:-1]) + " and " + unique[-1]
