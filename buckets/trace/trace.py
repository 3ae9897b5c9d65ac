"""Reading a trace: what a server and its clients did, in one order of time.

The file may be of a server that died, hung, was killed in the middle of a line, or
spun a million times. It is read as far as it goes; `Trace.missing` says in one
sentence what is not in it. The format is described in docs/trace.md.

A connection is known by the port of its client. Descriptors are numbers that are used
again as soon as they are free, and after fork() several processes hold a connection
under the same one, so `Ledger` keeps a table for each process as time goes on.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

Event = dict[str, Any]

VERSION = 1

# Of a longer trace only the beginning, the end, and what opens and closes
# connections in between are kept: a picture of more would show no more.
HEAD, BETWEEN, TAIL = 40_000, 20_000, 20_000
MOST_LINE = 64 << 10
# A forked process holds all that its parent held. Hundreds who fork with hundreds open
# come to less in all; of 20,000 times 20,000, told by a forged record, nobody could
# keep the tables.
MOST_INHERITED = 100_000

COUNTS = ("waits", "recvs", "sends", "accepts", "fails", "others")


@dataclass(eq=False)
class Connection:
    """One connection, from its client's connect() to the server's last close().

    Args:
        number: counts the connections of a trace from 0, in order of appearance.
        port: the client's port.
        who: the client's name; empty where the clients told nothing.
        begun: ns at which it first appears: the client connects, or it is accepted.
        title: what to call it where `who` is empty; by default its port.
    """

    number: int
    port: int
    who: str
    begun: int
    title: str = ""
    fd: int = -1
    accepted: int | None = None
    ended: int | None = None  # the client said its goodbye, or shut its sending side
    gone: int | None = None  # the client closed its socket, or reset it
    closed: int | None = None  # the last process of the server let go
    called: int = 0  # the port that the server called, where it opened it itself
    holders: set[int] = field(default_factory=set)

    @property
    def name(self) -> str:
        """What a sentence calls it: the client's name, or its port."""
        if self.called and not self.who:
            return f"the connection to port {self.called}"
        return self.who or self.title or f"the client on port {self.port}"


class Ledger:
    """Which connection is behind which descriptor, as of the event seen last.

    Args:
        strangers: what clients are called that told nothing of themselves.
    """

    def __init__(self, strangers: str = "") -> None:
        self._strangers = strangers
        self.connections: list[Connection] = []
        self.doors: dict[int, int] = {}
        self._tables: dict[int, dict[int, Connection]] = {}
        self._ports: dict[int, Connection] = {}
        self._inherited = 0
        self._rules: dict[str, Callable[[Event], Connection | None]] = {
            "start": self._start,
            "fork": lambda event: self._split(event["p"], event["child"]),
            "born": lambda event: self._split(event["parent"], event["p"]),
            "accept": self._accept,
            "dial": self._dial,
            "close": self._close,
            "end": self._end,
        }

    def see(self, event: Event) -> Connection | None:
        """Take in the next event; the connection that it is about, if it is one."""
        if "who" in event:
            return self._client(event)
        rule = self._rules.get(event["e"])
        if rule:
            return rule(event)
        return self.connection(event.get("p", 0), event.get("fd", -1))

    def connection(self, process: int, fd: int) -> Connection | None:
        """The connection behind a descriptor of one process, now."""
        return self._tables.get(process, {}).get(fd)

    def of_port(self, port: int) -> Connection | None:
        """The latest connection of a client's port."""
        return self._ports.get(port)

    def is_door(self, process: int, fd: int) -> bool:
        """Whether that descriptor is the listener."""
        return fd >= 0 and self.doors.get(process) == fd

    def held(self, process: int) -> dict[int, Connection]:
        """All that a process holds open, by descriptor."""
        return self._tables.get(process, {})

    def waiting(self) -> list[Connection]:
        """Who has connected and is not accepted yet."""
        return [
            connection
            for connection in self._ports.values()
            if connection.accepted is None and connection.gone is None
        ]

    def _start(self, event: Event) -> None:
        self.doors[event["p"]] = event.get("listener", -1)

    def _split(self, parent: int, child: int) -> None:
        # Whichever line comes first was written while both tables were the same: the
        # parent writes its own before it can close anything, and so does the child.
        if child in self._tables:
            return
        held = self._tables.setdefault(parent, {})
        self._inherited += len(held)
        self._tables[child] = dict(held) if self._inherited <= MOST_INHERITED else {}
        self.doors[child] = self.doors.get(parent, -1)
        for connection in self._tables[child].values():
            connection.holders.add(child)

    def _accept(self, event: Event) -> Connection:
        port = event.get("peer", 0)
        connection = self._ports.get(port)
        if connection is None or connection.accepted is not None or not port:
            connection = self._new(port, "", event["t"])
        return self._hold(event, event["new"], connection)

    def _dial(self, event: Event) -> Connection | None:
        """A connection that the server opens itself, known by its port on this side.

        Whoever is called may have told of it before.
        """
        port, fd = event.get("port", 0), event["fd"]
        if not port:
            return self.connection(event["p"], fd)
        connection = self._ports.get(port)
        if connection is None or connection.accepted is not None:
            connection = self._new(port, "", event["t"])
        connection.called = event.get("peer", 0)
        return self._hold(event, fd, connection)

    def _hold(self, event: Event, fd: int, connection: Connection) -> Connection:
        """From now on this descriptor of a process is that connection."""
        connection.accepted, connection.fd = event["t"], fd
        connection.holders.add(event["p"])
        table = self._tables.setdefault(event["p"], {})
        before = table.get(fd)
        if before:
            # The number is free again, so the close went unseen.
            self._let_go(before, event["p"], event["t"])
        table[fd] = connection
        return connection

    def _close(self, event: Event) -> Connection | None:
        table = self._tables.get(event["p"], {})
        connection = table.pop(event["fd"], None)
        if connection:
            self._let_go(connection, event["p"], event["t"])
        return connection

    def _let_go(self, connection: Connection, process: int, t: int) -> None:
        connection.holders.discard(process)
        if not connection.holders and connection.closed is None:
            connection.closed = t

    def _end(self, event: Event) -> None:
        # The outside writes this line for a server that could not, without a "p".
        for process in [event["p"]] if "p" in event else list(self._tables):
            for connection in self._tables.pop(process, {}).values():
                connection.holders.discard(process)

    def _client(self, event: Event) -> Connection:
        port, kind = event.get("port", 0), event["e"]
        connection = self._ports.get(port)
        again = kind == "connect" and connection is not None and connection.who
        if connection is None or again or not port:
            # accept() may return, and be stamped, before connect() does.
            connection = self._new(port, event["who"], event["t"])
        connection.who = connection.who or event["who"]
        if kind in ("half_close", "close", "reset"):
            connection.ended = connection.ended or event["t"]
        if kind in ("close", "reset", "refused"):
            connection.gone = event["t"]
        return connection

    def _new(self, port: int, who: str, t: int) -> Connection:
        connection = Connection(len(self.connections), port, who, t, self._strangers)
        self.connections.append(connection)
        self._ports[port] = connection
        return connection


@dataclass(frozen=True)
class Step:
    """An event, with the connection it is about and the tables as of then."""

    event: Event
    connection: Connection | None
    ledger: Ledger


class Trace:
    """A trace in memory.

    Args:
        events: lines of a server and of its clients, in any order.
        missing: what is not in them, or None.
        until: ns at which the record ends; by default with its last event.
        strangers: what to call clients that told nothing of themselves; by default
            they are known by their ports.

    Attributes:
        events: the sound ones, in the order of time.
    """

    def __init__(
        self,
        events: Iterable[Event],
        missing: str | None = None,
        until: int = 0,
        strangers: str = "",
    ):
        self._strangers = strangers
        self.events = sorted(filter(sound, events), key=lambda event: event["t"])
        self.missing, self._until = missing, until

    @classmethod
    def load(
        cls,
        source: str | Path | BinaryIO,
        extra_events: Iterable[Event] | None = None,
        until: int = 0,
    ) -> Trace:
        """Read a trace as far as it goes.

        Args:
            source: a path, or a file open for reading bytes; read from its beginning.
            extra_events: what the clients told, see Story.events. With them, the file
                is the server's alone: a line in it that speaks for a client is forged,
                and is left out.
            until: ns; what happened after that is left out. By default nothing is.

        Raises:
            OSError: there is no such file.
        """
        if isinstance(source, str | Path):
            with open(source, "rb") as file:
                reading = _Reading(_pieces(file), alone=extra_events is not None)
        else:
            reading = _Reading(_pieces(source), alone=extra_events is not None)
        kept = [*reading.head, *reading.between, *reading.tail]
        events = [event for event in kept if not until or event["t"] <= until]
        told = extra_events or ()
        extra = [event for event in told if not until or event["t"] <= until]
        missing = reading.missing(events, bool(extra))
        return cls([*events, *extra], missing, until)

    def write(self, path: str | Path) -> None:
        """Write all events, of server and clients, as one file that load() reads."""
        with open(path, "w", encoding="ascii") as file:
            for event in self.events:
                file.write(json.dumps(event, separators=(",", ":")) + "\n")

    @cached_property
    def start(self) -> Event:
        """The first line of the server, or an empty one."""
        starts = (event for event in self.events if event["e"] == "start")
        return next(starts, {})

    @cached_property
    def main(self) -> int:
        """The process that was started; 0 if nothing is known of it."""
        pids = (event["p"] for event in self.events if "p" in event)
        return int(self.start.get("p", 0) or next(pids, 0))

    @cached_property
    def connections(self) -> list[Connection]:
        """Every connection, in order of appearance, as it is at the end."""
        ledger = Ledger(self._strangers)
        for event in self.events:
            ledger.see(event)
        return ledger.connections

    def walk(self) -> Iterator[Step]:
        """All events in order, each with the connection it is about.

        The connections are made anew by each walk; tell them apart by `number`.
        """
        ledger = Ledger(self._strangers)
        for event in self.events:
            yield Step(event, ledger.see(event), ledger)

    @property
    def begin(self) -> int:
        """Time of the first event, in ns; 0 for an empty trace."""
        return int(self.events[0]["t"]) if self.events else 0

    @property
    def end(self) -> int:
        """Time at which the record ends, in ns."""
        return max(int(self.events[-1]["t"]), self._until) if self.events else 0


# What counts as a sound event -----------------------------------------------------

_INTEGERS = frozenset(
    "t p th fd new peer ask n level child parent id port from to main listener "
    "waits recvs sends accepts fails others moved".split()
)
_TEXTS = frozenset("e api op error errno data who text task python why kind".split())
_LISTS = frozenset("r w x et".split())
_NEEDED = {
    "wait": "p api r w x",
    "woke": "p r w x",
    "try": "p op fd",
    "accept": "p fd new",
    "recv": "p fd n",
    "send": "p fd n",
    "close": "p fd",
    "shut": "p fd",
    "block": "p fd on",
    "detach": "p fd",
    "dial": "p fd",
    "fate": "p fd errno",
    "fail": "p op fd error",
    "fork": "p child",
    "stand": "p op",
    "stood": "p op",
    "born": "p parent",
    "thread": "p id",
    "sum": "p from to",
    "oops": "p how kind text where trail",
    "start": "p",
    "levels": "q",
}
# A client's line says who; its kinds are also kinds of the server, with other fields.
_NEEDED_OF_CLIENTS = "port"


REAPING = ("stand", "stood")
"""A wait for a child: for pictures, and no call that a loop makes on a socket."""


def poured(event: Event) -> int:
    """How many bytes a client has sent by this: what its send() took, where told."""
    taken: int = event["took"] if "took" in event else event.get("n", 0)
    return taken


def takes_nothing(event: Event) -> bool:
    """Whether a receive left all that lay ready: it peeked, or took an urgent byte."""
    return bool(event.get("peek") or event.get("urgent"))


def sound(event: Any) -> bool:
    """Whether an event has all it needs, and of the right types.

    The file comes from the learner's side, where anything can be written into it.
    """
    if not isinstance(event, dict) or type(event.get("t")) is not int:
        return False
    kind = event.get("e")
    if type(kind) is not str or not all(map(_fits, event.items())):
        return False
    needed = _NEEDED_OF_CLIENTS if "who" in event else _NEEDED.get(kind, "")
    return all(key in event for key in needed.split())


def _fits(item: tuple[str, Any]) -> bool:
    key, value = item
    if key in _INTEGERS:
        return type(value) is int and abs(value) < 1 << 63
    if key in _TEXTS:
        return type(value) is str
    if key in _LISTS:
        return _all_integers(value)
    if key == "how":
        return type(value) in (int, str)
    if key in ("made", "under_way"):
        return type(value) is bool
    if key in ("at", "where"):
        return _is_place(value)
    if key == "trail":
        return isinstance(value, list) and all(map(_is_call, value))
    if key == "q":
        return isinstance(value, dict) and _all_integers(list(value.values()))
    return key != "timeout" or value is None or _is_time(value)


def _all_integers(value: Any) -> bool:
    return isinstance(value, list) and all(type(x) is int for x in value)


def _is_time(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _is_place(value: Any) -> bool:
    return isinstance(value, list) and list(map(type, value)) == [str, int]


def _is_call(value: Any) -> bool:
    return isinstance(value, list) and list(map(type, value)) == [str, int, str]


# Reading --------------------------------------------------------------------------

_LASTING = re.compile(
    rb'"e":"(?:accept|dial|close|fork|born|end|connect|half_close|reset|fault)"'
)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    """The content of a file from its beginning.

    HAZARD: the server has the same open file, and each line that it appends moves the
    place at which this one would be read on. So that place is not used.
    """
    try:
        fd = file.fileno()
    except (AttributeError, OSError):
        file.seek(0)
        yield file.read()
        return
    offset, end = 0, os.fstat(fd).st_size
    while offset < end and (piece := os.pread(fd, min(end - offset, 1 << 18), offset)):
        offset += len(piece)
        yield piece


class _Reading:
    """One pass over a file of any length, in bounded memory.

    Args:
        pieces: its bytes.
        alone: whether no client may speak in it.
    """

    def __init__(self, pieces: Iterable[bytes], *, alone: bool):
        self._alone = alone
        self.head: list[Event] = []
        self.between: list[Event] = []
        self.skipped = self.garbage = 0
        self.cut = False
        last: deque[bytes] = deque(maxlen=TAIL)
        for line in self._lines(pieces):
            if len(self.head) < HEAD:
                self._add(self.head, line)
                continue
            if len(last) == TAIL:
                self._skip(last[0])
            last.append(line)
        self.tail: list[Event] = []
        for line in last:
            self._add(self.tail, line)

    def _lines(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        rest = b""
        for piece in pieces:
            *whole, rest = (rest + piece).split(b"\n")
            # The recorder keeps blank lines at the beginning, for what it does last.
            yield from filter(bytes.strip, whole)
            if len(rest) > MOST_LINE:
                # Garbage without end; it must not be kept until its end is found.
                yield rest
                rest = b""
        if rest.strip():
            self.cut = True  # the last line has no end
            yield rest

    def _skip(self, line: bytes) -> None:
        if len(self.between) < BETWEEN and _LASTING.search(line):
            self._add(self.between, line)
        else:
            self.skipped += 1

    def _add(self, events: list[Event], line: bytes) -> None:
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            event = None
        if sound(event) and not (self._alone and "who" in event):
            events.append(event)
            # Whole, but for the line's end: that is worth no sentence.
            self.cut = False
        else:
            self.garbage += 1

    def missing(self, events: list[Event], clients: bool) -> str | None:
        """What is not in the events, as one sentence."""
        if not events:
            return "The server's side is missing: its recorder wrote nothing."
        parts = list(filter(None, self._parts(events)))
        if not parts:
            return None
        listed = parts[0] if len(parts) == 1 else _and(parts)
        return f"Missing here: {listed}."

    def _parts(self, events: list[Event]) -> Iterator[str]:
        start = next((event for event in events if event["e"] == "start"), None)
        if start is None:
            yield "the beginning"
        elif start.get("trace") != VERSION:
            yield f"whatever version {start.get('trace')} of the format added"
        counted = sum(event.get(name, 0) for event in events for name in COUNTS)
        if counted:
            yield f"{counted:,} events that were counted and not written one by one"
        if self.skipped:
            yield f"{self.skipped:,} lines from the middle of a very long trace"
        if self.cut:
            yield "the end of the last line, in which the server was stopped"
        garbage = self.garbage - self.cut
        if garbage > 0:
            yield f"{garbage:,} line{'s' * (garbage > 1)} that cannot be read"
        for event in events:
            if event["e"] == "off":
                yield f"all after the recorder gave up ({event.get('why', '')})"
                break


def _and(parts: list[str]) -> str:
    return ", ".join(parts[:-1]) + ", and " + parts[-1]
