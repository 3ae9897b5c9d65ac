"""Named lints: what a trace shows to be wrong, each in one sentence of evidence.

The names are those that diagnoses use, and each lint carries the id of the
misconception behind it, where there is one. The idea of a running program that is
linted by name is tokio-console's.

A lint looks at what happened and knows nothing of what a test wanted. It errs on the
quiet side: thresholds are far from what a right server does, also on a busy machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from buckets.trace.trace import Connection, Event, Trace
from buckets.trace.turns import MS, Call, Flag, Story, Turn, Water, names

# On a busy machine anything may take 20 ms, and nothing wrong.
NAP = 20 * MS  # a loop that slept this long does not spin
LONG = 100 * MS  # a call that took this long has waited for somebody
HOG = 200 * MS  # a turn that took this long was work, and a neighbour notices
MANY = 50  # so many turns make a loop that spins
MOST_OF_A_KIND = 5


@dataclass(frozen=True)
class Lint:
    """One thing that is wrong, and when.

    Args:
        t: the time at which it shows, in ns as in the trace.
        name: what it is called, in lessons and diagnoses alike.
        text: the evidence, one sentence with the clients' names.
        misconception: its id, or None.
        who: the name of the client it is about; empty if it is about none.
        connection: that client's connection by number, or None.
        process: the pid of the server's process in which it shows.
        at: the learner's cell and line, where known.
    """

    t: int
    name: str
    text: str
    misconception: str | None = None
    who: str = ""
    connection: int | None = None
    process: int = 0
    at: tuple[str, int] | None = None


Finder = Callable[[Story], Iterator[Lint]]
FINDERS: list[Finder] = []


def find(trace: Trace) -> list[Lint]:
    """All lints of a trace, in the order of time; few of each name."""
    story = Story(trace)
    found: list[Lint] = []
    for finder in FINDERS:
        found += sorted(finder(story), key=lambda lint: lint.t)[:MOST_OF_A_KIND]
    return sorted(found, key=lambda lint: lint.t)


def finder(function: Finder) -> Finder:
    """Add a lint to those that find() looks for."""
    FINDERS.append(function)
    return function


def _lint(
    name: str,
    event: Event,
    text: str,
    misconception: str | None,
    connection: Connection | None = None,
) -> Lint:
    at = event.get("at")
    return Lint(
        t=event["t"],
        name=name,
        text=text,
        misconception=misconception,
        who=connection.name if connection else "",
        connection=connection.number if connection else None,
        process=event.get("p", 0),
        at=(at[0], at[1]) if at else None,
    )


def span(ns: int) -> str:
    """A time as a sentence has it: "312 ms", "2.1 s"."""
    return f"{ns / 1e9:.1f} s" if ns >= 1000 * MS else f"{max(ns // MS, 1)} ms"


# It never rests -------------------------------------------------------------------


@dataclass
class _Stretch:
    """Turns of a loop, one after the other, in which it never slept for long."""

    turns: list[Turn]

    @property
    def idle(self) -> int:
        return sum(turn.turns for turn in self.turns if not turn.moved)

    @property
    def lasted(self) -> int:
        last = self.turns[-1]
        return (last.end or last.woke or last.begin) - self.turns[0].begin

    def spins(self) -> bool:
        busy = len(self.turns) - sum(not turn.moved for turn in self.turns)
        fast = self.idle * 1000 * MS >= 200 * max(self.lasted, MS)
        return self.idle >= MANY and self.idle >= 5 * busy and fast


def _stretches(turns: list[Turn]) -> Iterator[_Stretch]:
    current: list[Turn] = []
    for turn in turns:
        asleep = turn.wait and (turn.woke is None or turn.slept >= NAP)
        if asleep and current:
            yield _Stretch(current)
            current = []
        elif not asleep and (turn.wait or turn.counted):
            current.append(turn)
    if current:
        yield _Stretch(current)


@finder
def spinning(story: Story) -> Iterator[Lint]:
    """The loop turns hundreds of times a second, and nothing moves."""
    for turns in story.turns():
        for stretch in _stretches(turns):
            if stretch.spins():
                yield _spin(stretch)


def _spin(stretch: _Stretch) -> Lint:
    sample = [turn for turn in stretch.turns if turn.wait and not turn.moved]
    why, misconception, connection = _cause(sample)
    text = (
        f"The loop turned {stretch.idle:,} times in {span(stretch.lasted)}, and "
        f"nothing was read or sent in those turns{why}."
    )
    event = sample[0].wait if sample else {"t": stretch.turns[0].begin}
    # While it slept there was nothing to see: what it did when woken is the fault.
    first = sample[0] if sample else stretch.turns[0]
    seen = first.deeds[-1][0]["t"] if first.deeds else first.woke or event["t"]
    event = event | {"t": seen, "p": stretch.turns[0].worker[0]}
    return _lint("spinning", event, text, misconception, connection)


def _cause(turns: list[Turn]) -> tuple[str, str | None, Connection | None]:
    """What keeps a spinning loop awake, told by the turns that were written."""
    for look, why, misconception in _CAUSES:
        flags = [flag for turn in turns for flag in look(turn)]
        if 2 * len(flags) >= len(turns) > 0:
            told = why.format(names(flags))
            return told, misconception, flags[0].connection
    if turns and not any(any(turn.found.values()) for turn in turns):
        return ": it asked, was told of nobody, and asked again", "M26", None
    return "", None, None


def _dry_flags(turn: Turn) -> list[Flag]:
    dry = {e["fd"] for e, _ in turn.deeds if e["e"] == "recv" and e["n"] == 0}
    return [flag for flag in turn.found.get("r", []) if flag.fd in dry]


def _crowded_flags(turn: Turn) -> list[Flag]:
    failed = {
        e["fd"]
        for e, _ in turn.deeds
        if e["e"] == "fail" and e.get("errno") in ("EMFILE", "ENFILE")
    }
    return [flag for flag in turn.found.get("r", []) if flag.fd in failed]


def _ignored_flags(turn: Turn) -> list[Flag]:
    touched = turn.touched
    return [flag for flag in turn.found.get("r", []) if flag.fd not in touched]


def _idle_writers(turn: Turn) -> list[Flag]:
    sent = {
        e["fd"]
        for e, _ in turn.deeds
        if e["e"] == "send" or e.get("op", "").startswith("send")
    }
    return [flag for flag in turn.found.get("w", []) if flag.fd not in sent]


_CAUSES: list[tuple[Callable[[Turn], list[Flag]], str, str | None]] = [
    (_dry_flags, ": {} had finished, and was asked for more each time", "M06"),
    (_crowded_flags, ": accept() failed each time, for want of descriptors", "M17"),
    (_ignored_flags, ": the flag of {} was up and nobody saw to it", "M28"),
    (_idle_writers, ": there was always room to send to {}", "M07"),
]


@dataclass
class _Run:
    """One flag that was up in the same way turn after turn."""

    flag: Flag
    first: Turn
    last: Turn
    turns: int = 0


def _runs(turns: list[Turn], of_turn: Callable[[Turn], list[Flag]]) -> Iterator[_Run]:
    """For each flag, the turns in a row for which `of_turn` returns it."""
    going: dict[int, _Run] = {}
    for turn in turns:
        if turn.counted and not turn.moved:
            # Counted turns are repetitions of those before.
            for run in going.values():
                run.turns += turn.turns
            continue
        now = {flag.fd: flag for flag in of_turn(turn)} if turn.end else {}
        for fd in [fd for fd in going if fd not in now]:
            yield going.pop(fd)
        for fd, flag in now.items():
            run = going.setdefault(fd, _Run(flag, turn, turn))
            run.turns += 1
            run.last = turn
    yield from going.values()


def _turns(count: int) -> str:
    """How often, where a person could count it: of a loop that spins `spinning` tells.

    Both count, but not the same turns, and two numbers for one thing confuse.
    """
    return f"in {count} turns in a row" if count < MANY else "turn after turn"


@finder
def flag_ignored(story: Story) -> Iterator[Lint]:
    """A readable descriptor is reported turn after turn, and never touched."""
    for turns in story.turns():
        for run in _runs(turns, _ignored_flags):
            if run.turns >= 3:
                text = (
                    f"The flag of {run.flag.name} was up {_turns(run.turns)}, and "
                    "nothing was done about it."
                )
                # When it asks again, it is plain that nobody went there.
                shown = {"t": run.first.end or run.first.begin}
                yield _lint(
                    *("flag ignored", run.first.wait | shown, text, "M28"),
                    run.flag.connection,
                )


@finder
def write_interest(story: Story) -> Iterator[Lint]:
    """Somebody is in the write list while there is nothing to send."""
    for turns in story.turns():
        runs = [run for run in _runs(turns, _idle_writers) if run.turns >= 10]
        if runs:
            # All that are named stand in the list when the last one has joined.
            first = max(runs, key=lambda run: run.first.begin)
            most = max(run.turns for run in runs)
            text = (
                f"{names([run.flag for run in runs])} stood in the write list "
                f"{_turns(most)}; there was room to send each time, and nothing to "
                "send."
            )
            yield _lint(
                *("write interest while nothing to send", first.first.wait, text),
                *("M07", first.flag.connection),
            )


@finder
def eof_not_taken(story: Story) -> Iterator[Lint]:
    """recv() returns b"" on one connection again and again."""
    for number, eofs in story.eofs.items():
        if len(eofs) >= 3:
            connection = story.connections[number]
            text = (
                f'recv() returned b"" for {connection.name} again and again: that is '
                "the end of what it sends, and it was asked for more."
            )
            yield _lint(
                *("end of file not taken as goodbye", eofs[0], text, "M06"), connection
            )


@finder
def polling(story: Story) -> Iterator[Lint]:
    """Asks whether something has come instead of waiting for it."""
    for worker, turns in story.workers.items():
        empty = _longest(turns, _empty_handed)
        naps = [e for turn in turns for e, _ in turn.deeds if e.get("api") == "sleep"]
        asked = [e for e, turn in story.fails if turn.worker == worker and _again(e)]
        counted = sum(turn.turns + turn.fails for turn in turns if turn.counted)
        if len(empty) >= 10:
            yield _lint("polling instead of waiting", empty[0].wait, _EMPTY, "M26")
        elif len(asked) >= 10 and (len(naps) >= 5 or counted >= 50):
            text = _NAPS if len(naps) >= 5 else _ASKED
            yield _lint("polling instead of waiting", asked[0], text, "M26")


def _longest(turns: list[Turn], wanted: Callable[[Turn], bool]) -> list[Turn]:
    """The longest row of such turns; what was counted was more of the same."""
    longest: list[Turn] = []
    row: list[Turn] = []
    for turn in turns:
        if wanted(turn):
            row = [*row, turn]
        elif not turn.counted:
            row = []
        if len(row) > len(longest):
            longest = row
    return longest


_EMPTY = (
    "It asked who was ready without waiting for an answer, came back empty-handed, and "
    "asked again, over and over."
)
_NAPS = "It slept a little, looked whether something had come, and slept again."
_ASKED = (
    "It asked one socket after the other whether something had come, over and over."
)


def _empty_handed(turn: Turn) -> bool:
    timeout = turn.wait.get("timeout")
    soon = timeout is not None and timeout <= 0.05
    return soon and turn.woke is not None and not any(turn.found.values())


def _again(event: Event) -> bool:
    return event.get("errno") in ("EAGAIN", "EWOULDBLOCK")


# It waits in the wrong place ---------------------------------------------------------


def _overlap(water: Water, begin: int, end: int) -> int:
    until = end if water.until is None else min(water.until, end)
    return until - max(water.since, begin)


def _kept_waiting(story: Story, call: Call) -> list[Water]:
    """What lay unread because this call had not come back.

    Only those that this worker looks after: its own, and who stands at a door that
    it opens.
    """
    end = call.until(story.end)
    found = []
    for water in story.waters:
        connection = water.connection
        owner = story.owners.get(connection.number)
        at_door = owner is None or not _accepted(connection, call.begin)
        mine = call.worker in story.acceptors if at_door else owner == call.worker
        if mine and connection is not call.flag.connection:
            if _overlap(water, call.begin, end) >= LONG:
                found.append(water)
    return found


def _seen_from(event: Event, begin: int, waters: list[Water]) -> Event:
    """An event, with the time from which it can be seen that all of these wait."""
    return event | {"t": max(begin, *(water.since for water in waters))}


def _accepted(connection: Connection, t: int) -> bool:
    return connection.accepted is not None and connection.accepted <= t


@finder
def blocked_on_one(story: Story) -> Iterator[Lint]:
    """A call waits for one client while others' bytes lie in their buckets."""
    for call in story.calls():
        length = call.until(story.end) - call.begin
        others = _kept_waiting(story, call) if length >= LONG else []
        if not others or not (call.flag.connection or call.flag.door):
            continue
        whose = "bytes of" if len(others) > 1 else "the bytes of"
        text = (
            f"{call.op}() waited {span(length)} for {_awaited(call)}, while {whose} "
            f"{names([water.connection for water in others])} lay unread."
        )
        misconception = {"recv": "M11", "accept": "M27"}.get(call.op, "M13")
        yield _lint(
            "blocked on one client while others wait",
            _seen_from(call.event, call.begin, others),
            *(text, misconception, call.flag.connection),
        )


def _awaited(call: Call) -> str:
    if call.op == "accept":
        return "somebody new"
    return f"{call.flag.name} to read" if "send" in call.op else call.flag.name


@finder
def read_without_flag(story: Story) -> Iterator[Lint]:
    """A loop reads where no flag is up, and has to wait there."""
    for turns in story.turns():
        for turn in turns:
            # Of a list that was cut nobody knows whose flags were up.
            for call in turn.calls if turn.wait and not turn.cut else []:
                length = call.until(story.end) - call.begin
                reads = call.op in ("recv", "accept")
                if reads and not call.flagged and length >= LONG:
                    yield _without_flag(call, turn, length)


def _without_flag(call: Call, turn: Turn, length: int) -> Lint:
    was_up = any(flag.fd == call.flag.fd for flag in turn.found.get("r", []))
    why = "was taken care of already" if was_up else "was not up"
    recv = "M12" if was_up else "M11"
    text = (
        f"{call.op}() was called although the flag of {call.flag.name} {why}, and the "
        f"loop stood still for {span(length)}."
    )
    misconception = "M27" if call.op == "accept" else recv
    return _lint(
        "read without a flag", call.event, text, misconception, call.flag.connection
    )


@finder
def hogged(story: Story) -> Iterator[Lint]:
    """One handler worked for long while others' flags were up."""
    for turns in story.turns():
        for turn in turns:
            blocked = sum(call.until(story.end) - call.begin for call in turn.calls)
            length = turn.worked(story.end) - blocked
            if turn.wait and length >= HOG and turn.woke is not None:
                lint = _hog(story, turn, turn.woke, length)
                if lint:
                    yield lint


def _hog(story: Story, turn: Turn, begin: int, length: int) -> Lint | None:
    last, connection = _before_the_gap(turn, story.end)
    end = story.end if turn.end is None else turn.end
    others = [
        water
        for water in story.waters
        if water.connection is not connection and _overlap(water, begin, end) >= LONG
    ]
    if not others:
        return None
    up = f"{len(others)} flag{'s were' if len(others) > 1 else ' was'} up"
    busy = f" with {connection.name}" if connection else ""
    text = (
        f"The loop was busy{busy} for {span(length)} while {up}: "
        f"{names([water.connection for water in others])} had to wait."
    )
    seen = _seen_from(last, last["t"], others)
    return _lint("hogged the loop", seen, text, "M18", connection)


def _before_the_gap(turn: Turn, end: int) -> tuple[Event, Connection | None]:
    """What was done last before the longest time in which nothing was noted."""
    deeds = [
        *((turn.wait | {"t": turn.woke}, None),),
        *turn.deeds,
        ({"t": turn.end or end}, None),
    ]
    gaps = [after[0]["t"] - before[0]["t"] for before, after in pairwise(deeds)]
    longest = gaps.index(max(gaps))
    # A nap is nobody's; whoever was looked after before it is who it was for.
    known = [connection for _, connection in deeds[: longest + 1] if connection]
    return deeds[longest][0], known[-1] if known else None


# It forgets -------------------------------------------------------------------------


def _each_with_next(events: list[Event]) -> Iterator[tuple[Event, Event | None]]:
    return zip(events, [*events[1:], None], strict=True)


@finder
def wrote_short(story: Story) -> Iterator[Lint]:
    """send() took less than it was given, and the rest never followed."""
    for number, sends in story.sends.items():
        connection = story.connections[number]
        for event, later in _each_with_next(sends):
            short = event["e"] == "send" and 0 < event["n"] < event.get("ask", 0)
            if short and not _followed(story, connection, event, later):
                rest = event["ask"] - event["n"]
                text = (
                    f"send() took {event['n']:,} of {event['ask']:,} bytes for "
                    f"{connection.name}; the other {rest:,} were never sent."
                )
                yield _lint(
                    *("wrote short, forgot the rest", event, text, "M04"), connection
                )


def _followed(
    story: Story, connection: Connection, event: Event, later: Event | None
) -> bool:
    """Whether the rest of a short send was sent, or may be yet."""
    rest = event["ask"] - event["n"]
    if later is not None:
        # The next send brings at least the rest; a failed one shows that it tried.
        return later["e"] == "fail" or later.get("ask", rest) >= rest
    if connection.gone is not None:
        return True
    return connection.closed is None and _pending(story, connection, event)


def _pending(story: Story, connection: Connection, event: Event) -> bool:
    """Whether the worker of an event may still mean to write to that connection."""
    turns = story.workers[event["p"], event.get("th", 0)]
    # A loop of asyncio looks round, without waiting, before it does what is due.
    waits = [turn for turn in turns if turn.wait and turn.wait.get("timeout") != 0]
    later = [turn for turn in waits if turn.begin > event["t"]]
    if later:
        flags = later[-1].asked.get("w", [])
        return any(flag.connection is connection for flag in flags)
    # In the middle of a turn nobody knows what comes before its end.
    return bool(waits) or not _went_on(turns[-1], event)


def _went_on(turn: Turn, event: Event) -> bool:
    return any(deed["t"] > event["t"] for deed, _ in turn.deeds)


@finder
def never_closed(story: Story) -> Iterator[Lint]:
    """A client has said its goodbye, and its connection stays open."""
    for number, eofs in story.eofs.items():
        connection = story.connections[number]
        holders = connection.holders - story.endings
        if connection.closed or not holders:
            continue
        if not _pending(story, connection, eofs[0]):
            closers = story.closers.get(number, set())
            yield _open_still(connection, eofs, bool(closers))


def _open_still(connection: Connection, eofs: list[Event], by_one: bool) -> Lint:
    if by_one:
        text = (
            f"One process closed the connection of {connection.name}, another still "
            "holds it: the client never hears the end."
        )
        return _lint("never closed", eofs[0], text, "M21", connection)
    text = f"{connection.name} said goodbye, and its connection was never closed."
    misconception = "M06" if len(eofs) >= 3 else "M32"
    return _lint("never closed", eofs[0], text, misconception, connection)


@finder
def closed_in_list(story: Story) -> Iterator[Lint]:
    """A closed socket is handed to select()."""
    for turns in story.turns():
        for turn in turns:
            closed = [flag for flags in turn.asked.values() for flag in flags]
            refused = _refused(turn)
            if any(flag.fd < 0 for flag in closed) or refused:
                yield _closed(story, turn)
                break


def _refused(turn: Turn) -> bool:
    return any(
        event["e"] == "fail"
        and event["op"] in ("select", "epoll", "poll")
        and event.get("errno") == "EBADF"
        for event, _ in turn.deeds
    )


def _closed(story: Story, turn: Turn) -> Lint:
    """Whose it was: the one that this process closed last before."""
    before = [
        connection
        for event, connection in story.closes
        if event["p"] == turn.worker[0] and event["t"] <= turn.begin
    ]
    connection = before[-1] if before else None
    whose = (
        f"the closed socket of {connection.name}" if connection else "a closed socket"
    )
    text = f"{turn.wait['api']}() was given {whose}, which has no descriptor any more."
    return _lint("closed descriptor in the list", turn.wait, text, "M14", connection)


@finder
def not_in_list(story: Story) -> Iterator[Lint]:
    """The loop waits, and bytes lie unread that nobody asked it to look at."""
    for turns in story.turns():
        told: set[int] = set()
        for turn in turns:
            # Of a list that was cut nobody knows who else stood in it.
            if not turn.wait or "cut" in turn.wait:
                continue
            for water in _unheard(story, turn):
                if water.connection.number not in told:
                    told.add(water.connection.number)
                    yield _not_listed(turn, water)


def _unheard(story: Story, turn: Turn) -> Iterator[Water]:
    end = story.end if turn.woke is None else turn.woke
    if end - turn.begin < LONG:
        return
    flags = [*turn.asked.get("r", []), *turn.asked.get("w", [])]
    asked = {flag.connection.number for flag in flags if flag.connection}
    door = any(flag.door for flag in flags)
    for water in story.waters:
        connection = water.connection
        if _overlap(water, turn.begin, end) < LONG:
            continue
        if not _accepted(connection, turn.begin):
            mine = turn.worker in story.acceptors or len(story.workers) == 1
            heard = door
        else:
            mine = story.owners.get(connection.number) == turn.worker
            heard = connection.number in asked
        if mine and not heard:
            yield water


def _not_listed(turn: Turn, water: Water) -> Lint:
    connection = water.connection
    who = connection.name
    if _accepted(connection, turn.begin):
        text = (
            f"{who} was in no list of {turn.wait['api']}(), while its bytes lay unread."
        )
    else:
        text = (
            f"The listener was in no list of {turn.wait['api']}(), while {who} stood "
            "at the door."
        )
    seen = _seen_from(turn.wait, turn.begin, [water])
    return _lint("not in the list", seen, text, "M34", connection)
