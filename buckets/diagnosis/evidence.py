"""The evidence at the moment a test failed, gathered before the server is ended.

Three kinds of witness: the client that did not get what it was promised, the
operating system, and the server's own recorder. The last one lives on the learner's
side of the line: it sharpens the words of a diagnosis and never touches a score.
"""

from __future__ import annotations

import signal
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from buckets.behaviour import Behaviour
from buckets.driving.clients import WHY
from buckets.driving.observe import WAITS, Vitals
from buckets.driving.server import Ending, Place, Server
from buckets.driving.unmet import Unmet
from buckets.trace.code import drops_result, uses_result
from buckets.trace.trace import REAPING, Connection, Ledger, Trace

Event = dict[str, Any]

RECENT = 40
MANY = 5
"""So often the same is no accident; descriptors are used again by two or three."""


@dataclass(frozen=True)
class Blocked:
    """A call on a socket that has begun and not come back."""

    op: str
    fd: int
    who: str  # the client's name, "the listener", or "" where it is not known


class Log:
    """A trace, read with the question 'what was it doing?' in mind.

    Only the process that was started is asked; forked children have their own life.
    """

    def __init__(self, trace: Trace):
        self.trace = trace
        self._steps = [
            (step.event, step.connection)
            for step in trace.walk()
            if step.event.get("p") == trace.main and step.event["e"] not in REAPING
        ]
        self.own = [event for event, _ in self._steps]
        self.listener = int(trace.start.get("listener", -1))

    @cached_property
    def _open(self) -> dict[int, Connection]:
        """The connections that are open at the end, by descriptor."""
        ledger = Ledger()
        for event in self.trace.events:
            ledger.see(event)
        return ledger.held(self.trace.main)

    def name(self, fd: int) -> str:
        """Whose descriptor this is; "" where that is not known."""
        if fd == self.listener:
            return "the listener"
        connection = self._open.get(fd)
        return (connection.who or "somebody") if connection else ""

    @cached_property
    def last(self) -> Event:
        """What its main thread did last; {} if that has done nothing yet."""
        return next((e for e in reversed(self.own) if "th" not in e), {})

    @cached_property
    def blocked(self) -> Blocked | None:
        """The call in which the server has been ever since, if it is in one."""
        if self.last.get("e") != "try":
            return None
        fd = self.last["fd"]
        return Blocked(self.last["op"], fd, self.name(fd))

    @cached_property
    def recent(self) -> list[Event]:
        """The last turns of the loop; while it spins, what it spins on."""
        last = self.own[-RECENT:]
        for event in reversed(last):
            if event["e"] == "sum":
                # Detail was dropped; the summary carries the last wait with it.
                return [*last, *filter(None, (event.get("wait"), event.get("woke")))]
        return last

    @cached_property
    def vain(self) -> list[Event]:
        """Of the recent events those since anything came of a call, if many are.

        How far back the recent ones go is up to the machine: a fast one has them reach
        to when it still had something to do.
        """
        did = "accept", "recv", "send", "close"
        at = [place for place, one in enumerate(self.recent) if one["e"] in did]
        since = self.recent[at[-1] + 1 :] if at else self.recent
        kinds = Counter(one["e"] for one in since)
        if (
            any(one.get("moved") for one in since)
            or max(kinds["woke"], kinds["fail"], MANY * kinds["sum"]) < MANY
        ):
            return self.recent
        return since

    def of_any(self, kind: str) -> list[Event]:
        """Everything of this kind that the first process did."""
        return [event for event in self.own if event["e"] == kind]

    @property
    def closes_of_the_listener(self) -> list[Event]:
        """Where the first process has closed what was not its own to close."""
        return [each for each in self.of_any("close") if each["fd"] == self.listener]

    def latest(self, *kinds: str) -> Event | None:
        """The newest of the recent events of these kinds."""
        found = [event for event in self.recent if event["e"] in kinds]
        return found[-1] if found else None

    def count(self, kind: str, **fields: Any) -> int:
        """How many recent events there are of this kind with these fields."""
        return sum(
            event["e"] == kind
            and all(event.get(key) == value for key, value in fields.items())
            for event in self.recent
        )

    @cached_property
    def deaf(self) -> str | None:
        """Whose end of file is read again and again; "" for somebody unknown."""
        ends = [e for e in self.trace.events if e["e"] == "recv" and e["n"] == 0]
        counts = Counter((event["p"], event["fd"], event.get("th")) for event in ends)
        most = counts.most_common(1)
        if not most or most[0][1] < MANY:
            return None
        (process, fd, _), _ = most[0]
        return self.name(fd) if process == self.trace.main else ""

    def of(self, who: str, *kinds: str) -> list[Event]:
        """What the server did on one client's connection, in order."""
        return [event for event in self._of_main[who] if event["e"] in kinds]

    def has_read_the_end(self, who: str) -> bool:
        """Whether a recv() on one client's connection has given b""."""
        return any(not event["n"] for event in self.of(who, "recv"))

    @cached_property
    def _of_main(self) -> defaultdict[str, list[Event]]:
        # All by name at once: rules ask for each of hundreds of clients, and a record
        # may have 80,000 lines.
        return _by_name(
            (connection.who, event) for event, connection in self._steps if connection
        )

    def of_all(self, *kinds: str) -> list[Event]:
        """Everything of these kinds that any process or thread of the server did."""
        events = self.trace.events
        return [event for event in events if event["e"] in kinds and "p" in event]

    def of_everybody(self, who: str, *kinds: str) -> list[Event]:
        """What any process did on one client's connection, in order."""
        return [event for event in self._of_any[who] if event["e"] in kinds]

    @cached_property
    def _of_any(self) -> defaultdict[str, list[Event]]:
        # By the name that a connection has in the end: its client may speak later.
        walked = list(self.trace.walk())
        return _by_name(
            (step.connection.who, step.event)
            for step in walked
            if step.connection and "p" in step.event
        )

    def of_client(self, who: str, kind: str) -> list[Event]:
        """What one client did itself: pour, hear, half_close, close, reset."""
        return [event for event in self._told[who] if event["e"] == kind]

    def poured(self, who: str) -> bytes:
        """What one client has sent; of each send its beginning, as the trace has it."""
        texts = [str(event.get("data", "")) for event in self.of_client(who, "pour")]
        return "".join(texts).encode("latin-1")

    @cached_property
    def _told(self) -> defaultdict[str, list[Event]]:
        told = (event for event in self.trace.events if "who" in event)
        return _by_name((event["who"], event) for event in told)

    @property
    def clients(self) -> list[str]:
        """The names of all clients that connected."""
        told = [event for event in self.trace.events if event["e"] == "connect"]
        return [str(event["who"]) for event in told if "who" in event]

    @cached_property
    def let_in(self) -> list[str]:
        """The names of those whom accept() has returned, in that order."""
        return [
            connection.who or ""
            for event, connection in self._steps
            if event["e"] == "accept" and connection
        ]

    @property
    def called(self) -> list[str]:
        """The names of those whom the server has called, and who have answered."""
        told = [event for event in self.trace.events if event["e"] == "answer"]
        return [str(event["who"]) for event in told if "who" in event]

    def descriptors_of(self, who: str) -> list[int]:
        """The descriptors that belong to one client, at the end."""
        return [fd for fd, connection in self._open.items() if connection.who == who]

    @property
    def keeps_a_connection(self) -> bool:
        """Whether anybody who was let in is still open on the server's side."""
        return any(
            connection.accepted is not None for connection in self._open.values()
        )

    def errors(self) -> Counter[str]:
        """How often each error was raised, of late."""
        failed = [event for event in self.recent if event["e"] == "fail"]
        return Counter(str(event.get("errno", "")) for event in failed)


def _by_name(told: Iterable[tuple[str, Event]]) -> defaultdict[str, list[Event]]:
    """Events by whose they are, in their order."""
    found: defaultdict[str, list[Event]] = defaultdict(list)
    for who, event in told:
        found[who].append(event)
    return found


def data_of(event: Event) -> bytes:
    """The bytes of a recv or a send; of many, the first."""
    return str(event.get("data", "")).encode("latin-1", "replace")


TAKES_MORE = frozenset(("memory", "high"))
"""Kinds of what was not met that are seen while it takes more and more."""

TURNS_WITHIN = 0.1
"""Seconds in which a loop that turns does so, however little it has to do."""


@dataclass(frozen=True)
class Evidence:
    """Everything that a rule may look at."""

    unmet: Unmet
    behaviour: Behaviour
    ending: Ending | None
    strays: list[Ending]
    vitals: Vitals
    spinning: bool
    call: str | None
    place: Place | None
    log: Log
    sources: dict[str, str]
    turning: bool = False
    drivers_own: int = 0
    ignores_ends: bool = False  # of children: SIGCHLD is ignored, the kernel reaps

    def uses_result(self, method: str) -> bool:
        """Whether the task does anything with what a method of this name returns."""
        return uses_result(self.sources.values(), self.behaviour.task, method)

    def drops_result(self, method: str) -> bool:
        """Whether the task calls such a method, and never looks at what it returns."""
        return drops_result(self.sources.values(), self.behaviour.task, method)

    @property
    def blocked(self) -> Blocked | None:
        """The call on a socket in which it sleeps; None while it runs or has ended."""
        # On a crowded machine a spinning server may seem to sleep for a moment.
        restless = self.spinning or self.unmet.kind in ("rest", "busy")
        # A signal handler may sleep elsewhere, in the middle of a call on a socket.
        elsewhere = self.call == "waitpid"
        return None if self.ending or restless or elsewhere else self.log.blocked

    @property
    def is_with_its_driver(self) -> bool:
        """Whether no line of the learner's is at work, but the code around it."""
        return self.behaviour.options.driver is not None and self.place is None

    @property
    def stands_by(self) -> bool:
        """Whether the driver's process waits for another one, which runs the task."""
        first = BESIDE.get(_driver(self.behaviour)) == "first"
        alone = self.place is not None or not self.drivers_own
        return first and not alone and not self.ending

    @property
    def takes_turns(self) -> bool:
        """Whether somebody else says how long a wait may be: a loop's caller does."""
        return self.behaviour.task in ("EventLoop", "MendedLoop", "TimedLoop")

    @property
    def asleep_in_wait(self) -> bool:
        """Asleep in select() or one of its relatives."""
        waits = self.call in WAITS or self.log.last.get("e") == "wait"
        return self.ending is None and waits


def gather(server: Server, behaviour: Behaviour, unmet: Unmet) -> Evidence:
    """Look at a server whose test has just failed. Takes some 20 to 100 ms."""
    ending = server.ending()
    alive = ending is None
    # Stopped in the middle of taking more, it stands at any of its lines.
    stands = alive and unmet.kind not in TAKES_MORE
    spinning = alive and _spins(server, unmet)
    if alive and unmet.kind != "rest":
        # Who was met on the way to the end has come there, or goes on for long.
        ending = server.ending()
        alive = ending is None
        stands, spinning = stands and alive, spinning and alive
    turning = alive and _is_turning(server, unmet, spinning)
    find_place = server.standing_place if turning else server.place
    vitals = server.process.vitals()
    drivers_own = int(_driver(behaviour) in BESIDE and vitals.processes > 1)
    return Evidence(
        unmet=unmet,
        behaviour=behaviour,
        ending=ending,
        strays=server.strays(),
        vitals=replace(
            vitals,
            processes=vitals.processes - drivers_own,
            threads=vitals.threads - drivers_own,
        ),
        spinning=spinning,
        call=server.process.call() if alive else None,
        log=Log(server.trace()),
        sources=server.submission.sources,
        # Last: the signal that asks for it ends a send() that blocks half-way.
        place=find_place() if stands else None,
        turning=turning,
        drivers_own=drivers_own,
        ignores_ends=alive and server.process.ignores(signal.SIGCHLD),
    )


BESIDE = {"keep_files": "first", "serve_with_heir": "second"}
"""Drivers that need a process beside the server's, and which of the two is theirs.

Where it is the first, that waits while the second runs the task.
"""


def _driver(behaviour: Behaviour) -> str:
    _, name = behaviour.options.driver or ("", "")
    return name


def _is_turning(server: Server, unmet: Unmet, spinning: bool) -> bool:
    """Whether it is met while a loop turns: then in which call and line is chance."""
    if WHY["ticking"] in unmet.text:
        return True
    turns = server.patience.turns and not spinning
    return turns and not server.process.still(TURNS_WITHIN)


def _spins(server: Server, unmet: Unmet) -> bool:
    if unmet.kind == "rest":
        # It has been watched for longer than we would now.
        return "never rests" in unmet.text
    return not server.process.still() and server.rest(0.1).spinning
