"""Lanes of a timeline: who worked when, and whose bytes waited for how long.

All times are nanoseconds since the run's *zero*: its first client, so that two runs
can lie on one clock whatever their start-up cost. Before the first client it is
negative.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from buckets.pictures.cast import COUNTED, SHORT, Act, Cast, Key, Pair
from buckets.trace.trace import Event, Trace, poured

Span = tuple[int, int]


@dataclass
class Worker:
    """A process or a thread: the stretches in which it worked.

    Between them it waited: in select(), in a call that blocks, in sleep.
    """

    name: str
    begin: int
    end: int
    work: list[Span] = field(default_factory=list)

    @property
    def share(self) -> float:
        """The part of its life that it worked, 0 to 1."""
        life = max(1, self.end - self.begin)
        return min(1.0, sum(b - a for a, b in self.work) / life)


@dataclass
class Visit:
    """A connection: when it came, was let in, was served, was closed."""

    name: str
    begin: int
    accepted: int | None = None
    end: int | None = None
    waiting: list[Span] = field(default_factory=list)
    served: list[int] = field(default_factory=list)

    @property
    def longest(self) -> int:
        """The longest time that bytes lay in its bucket, in ns."""
        return max((b - a for a, b in self.waiting), default=0)


@dataclass
class Lanes:
    """A run, ready to be drawn.

    Args:
        zero: when the first client came, on the clock of the trace.
        length: ns from zero to the last event.
    """

    workers: list[Worker]
    visits: list[Visit]
    zero: int
    length: int
    missing: str | None


def lanes_of(trace: Trace) -> Lanes:
    """Cut a run into lanes."""
    cast = Cast(trace)
    firsts = [event["t"] for event in trace.events if event["e"] == "connect"]
    zero = firsts[0] if firsts else trace.begin
    workers = _workers(cast, zero, trace.end - zero)
    visits = [_visit(cast, pair, zero, trace.end - zero) for pair in cast.pairs]
    return Lanes(workers, visits, zero, trace.end - zero, trace.missing)


# --- workers ----------------------------------------------------------------------


class _Clock:
    """The working time of one person, taken from its acts in order."""

    def __init__(self, name: str, t: int):
        self.worker = Worker(name, t, t)
        self._since: int | None = t
        self._tried: int | None = None
        self._left_alone = 0

    def see(self, kind: str, act: Act, t: int) -> None:
        if kind == "wait":
            self._stop(t)
        elif kind in ("try", "stand"):
            self._begin(t)
        elif kind == "stood":
            self._back(t)
        elif kind == "sum":
            self._counted(act, t)
        elif kind == "end":
            self._stop(t)
        else:
            self._return(t)
        self.worker.end = t

    def _begin(self, t: int) -> None:
        """Into a call; if it stands in one already, a signal's handler makes this."""
        if self._tried is not None:
            self._left_alone += 1
            self._return(t)
        self._tried = t

    def _back(self, t: int) -> None:
        """Back from waiting for a child, perhaps into the call that was left alone."""
        self._return(t)
        if self._left_alone:
            self._left_alone -= 1
            self._tried = t

    def _stop(self, t: int) -> None:
        if self._since is not None and t > self._since:
            self.worker.work.append((self._since, t))
        self._since = None

    def _return(self, t: int) -> None:
        """Back from a call. If it took long, the caller stood there waiting."""
        if self._tried is not None and t - self._tried >= SHORT:
            self._stop(self._tried)
        self._tried = None
        if self._since is None:
            self._since = t

    def _counted(self, act: Act, t: int) -> None:
        """A stretch without detail is work if its turns were under a millisecond."""
        event = act.event
        length = event["to"] - event["from"]
        turns = max((event.get(kind, 0) for kind in COUNTED), default=0)
        if turns * 1_000_000 < length:
            self._stop(t - length)
        elif self._since is None:
            self._since = t - length
        self._tried, self._since = None, self._since or t

    def finish(self, t: int) -> Worker:
        if self._tried is not None and t - self._tried >= SHORT:
            self._stop(self._tried)
        self._stop(t)
        return self.worker


def _workers(cast: Cast, zero: int, end: int) -> list[Worker]:
    clocks: dict[Key, _Clock] = {}
    ended: set[Key] = set()
    for act in cast.acts:
        if act.person not in cast.people:
            continue
        kind, t = act.event["e"], act.event["t"] - zero
        clock = clocks.get(act.person)
        if clock is None:
            clock = clocks[act.person] = _Clock(cast.people[act.person], t)
        clock.see(kind, act, t)
        if kind == "end":
            ended.add(act.person)
    # Whoever said no goodbye was alive until the trace ends.
    for key, clock in clocks.items():
        clock.finish(clock.worker.end if key in ended else end)
        if key not in ended:
            clock.worker.end = end
    return [clock.worker for clock in clocks.values()]


# --- connections ------------------------------------------------------------------


def _visit(cast: Cast, pair: Pair, zero: int, end: int) -> Visit:
    connection = pair.connection
    accepted, closed = connection.accepted, connection.closed
    visit = Visit(pair.name, connection.begun - zero)
    visit.accepted = None if accepted is None else accepted - zero
    visit.end = None if closed is None else closed - zero
    visit.waiting = _waiting(pair, cast.of(pair), zero, end)
    visit.served = [
        act.event["t"] - zero
        for act in cast.of(pair)
        if "who" not in act.event
        and act.event["e"] in ("recv", "send")
        # To read the end of file over and over is no service.
        and act.event["n"] > 0
    ]
    return visit


def _waiting(pair: Pair, acts: Iterable[Act], zero: int, end: int) -> list[Span]:
    """When bytes lay unread: from a pour to the recv that takes the last of them."""
    spans: list[Span] = []
    level, since = 0, 0
    for act in acts:
        t, event = act.event["t"] - zero, act.event
        before, level = level, _level(level, event)
        if before == 0 < level:
            since = t
        elif before > 0 == level:
            spans.append((since, t))
    if level > 0:
        closed = pair.connection.closed
        spans.append((since, end if closed is None else closed - zero))
    return spans


def _level(level: int, event: Event) -> int:
    kind, count = event["e"], int(str(event.get("n", 0)))
    if kind == "pour":
        return level + poured(event)
    if kind != "recv":
        return level
    # FIONREAD before the call, where it was read, is better than our sum.
    return max(0, int(str(event.get("level", level))) - count)
