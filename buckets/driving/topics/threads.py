"""Votes that a learner's threads count, and clients that cast them.

A server of exercise 04 is a function of a listener and of votes: counts by name, which
know nothing of threads. A test lays them out, and may hold the first thread that reads
them in the middle of its work while it lets all others go on. So an update is lost
because two threads are made to meet, in an order that the story tells, and not because
a machine was busy.

    @behaviour("count_votes", points=2, driver=serve_votes)
    def test_two_votes(server):
        votes = lay_out(server, held=True)
        anna, ben = server.connect("anna", Voter), server.connect("ben", Voter)
        anna.send(b"tea\\n")
        votes.until_read()
        ben.send(b"tea\\n")
        votes.let_go()
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Self

from buckets.behaviour import Driver
from buckets.driving import control
from buckets.driving.clients import Address, Client
from buckets.driving.levels import is_let_in, on_its_way, still_brings
from buckets.driving.patience import UNTIL_AN_EVENT, Patience
from buckets.driving.server import Server
from buckets.driving.unmet import Unmet, show

LOOK = 0.01
STILL = 4
"""Looks in a row at which nothing stirred, after which a server counts as still."""
UNTIL_BROUGHT = round(UNTIL_AN_EVENT / LOOK)
"""The same, where bytes are on their way: a desk, or the kernel, may bring the next."""
# For a server that is never still: looks at which it slept and had stirred, and seconds
# of its CPU time. On a crowded machine one that works takes long, and is given that.
MOST_NAPS, MOST_WORK, LONGEST = 400, 2.0, 30.0
MOST_STEPS = 30
# Of what a driver says of its threads; what comes after that is not looked at.
MOST_SAID = 1 << 18
MOST_LINES = 20_000
MOST_LINE = 1 << 16


serve_votes = Driver("threads.serve_votes")
"""Driver for servers that count votes; needs votes laid out."""

start_slowly = Driver("threads.start_slowly")
"""Driver for servers (listener) whose threads begin a little late."""

with_plain_votes = Driver("threads.count_quietly")
"""Driver for servers that count votes, which no test looks at."""


class Ballot(Client):
    """The votes that a test lays out: it sees who reads and writes them, and when.

    Args:
        held: stop the first thread that reads, until let_go().
        jolted: let every thread pause before each of its lines.
    """

    habit = "are laid out, with no count in them"

    def __init__(
        self,
        address: Address,
        name: str = "votes",
        *,
        held: bool = False,
        jolted: bool = False,
        **more: Any,
    ):
        super().__init__(address, name, **more)
        self._said = bytearray()
        self._lines = 0
        self._at = ""
        self.shared = False
        self._pour(b"hold\n" if held else b"jolt\n" if jolted else b"free\n")

    def until_read(self) -> Self:
        """Wait until a thread has read a count, and is held there.

        Raises:
            Unmet: the server rests, and none has.
        """
        said = self._next()
        if not said:
            raise self._unmet("wait to be read: nobody does", "nothing")
        self._at = "read"
        self.tell(f"a thread reads {said.get('count')}, and is held there")
        return self

    def let_go(self) -> Self:
        """Let that thread go on, a step at a time; all others may act between them.

        Whether one did is in `shared`, and in the trace.
        """
        for _ in range(MOST_STEPS):
            while said := self._next():
                self._another(said)
            with suppress(OSError):
                self.sock.send(b".")
            if self._at == "write" or not self._until_its_next_step():
                break
        with suppress(OSError):
            # From here on nobody is held.
            self.sock.shutdown(socket.SHUT_WR)
        return self

    def look_back(self) -> Self:
        """Read who used the votes, in order, after all have been cast.

        Between a thread's reading and its writing nobody else may have; whether one did
        is in `shared`. A reading that no writing follows has no such stretch.
        """
        log = []
        with suppress(OSError):
            while len(self._said) < MOST_SAID and (data := self.sock.recv(1 << 16)):
                self._said += data
        for line in bytes(self._said).splitlines():
            said = _read(line)
            log.append((said.get("by"), said.get("does")))
        self.shared = _is_shared(log)
        return self

    def _until_its_next_step(self) -> bool:
        while said := self._next():
            if said.get("first"):
                self._at = str(said.get("does"))
                if self._at == "line":
                    self.tell(f"that thread comes to line {said.get('line')}")
                elif self._at == "write":
                    self.tell(f"that thread writes {said.get('count')}")
                return True
            self._another(said)
        return False

    def _another(self, said: dict[str, Any]) -> None:
        does, count = str(said.get("does")), said.get("count")
        self.shared = True
        self.tell(f"another thread {does}s {count}, in the meantime")
        event: dict[str, object] = {"during": self._at, "does": does}
        event |= {name: bool(said.get(name)) for name in ("key", "free", "same")}
        self.story.add({"t": time.monotonic_ns(), "e": "votes", **event})

    def _next(self) -> dict[str, Any]:
        """What a thread does next with the votes; nothing once the server is still."""
        self._lines += 1
        if self._lines > MOST_LINES:
            return {}
        poller = select.poll()
        poller.register(self.sock, select.POLLIN)
        if b"\n" not in self._said:
            until_still(self.patience, lambda: bool(poller.poll(LOOK * 1000)))
            with suppress(OSError):
                self._said += self.sock.recv(1 << 16)
        line, end, rest = self._said.partition(b"\n")
        if not end:
            return {}
        self._said = rest
        return _read(bytes(line))


def _is_shared(log: list[tuple[Any, Any]]) -> bool:
    """Whether a writing had others between its reading and itself."""
    last_read: dict[str, int] = {}
    alone_since, before = 0, ""
    for at, (by, does) in enumerate(log):
        name = str(by)
        if name != before:
            alone_since, before = at, name
        # The last that another one did stands directly before that.
        if does == "write" and alone_since - 1 > last_read.get(name, -1):
            return True
        if does == "read":
            last_read[name] = at
    return False


def _read(line: bytes) -> dict[str, Any]:
    """It comes from the learner's side: anything may stand in it."""
    said = control.anything(line)
    sound = isinstance(said, dict) and said.get("does") in ("read", "write", "line")
    return {**said, "count": _number(said.get("count"))} if sound else {"does": "read"}


def _number(value: object) -> int | None:
    return value if type(value) is int else None


def until_still(patience: Patience, happened: Any = None) -> None:
    """Wait until all threads of a server sleep, or until something has happened.

    A thread whose bytes have come or whose lock is free is runnable, so one that sleeps
    has nothing to do: a fact of the kernel, on a busy machine as on a quiet one. Where
    bytes are on their way it is given longer: a desk may be slow to answer, and what
    has room by now is brought by the kernel's clock.

    Args:
        patience: of a client of that server.
        happened: waits for a look's time and says whether it has; by default nothing.
    """
    process, looks, enough, naps, before = patience.process, 0, STILL, 0, None
    began = process.activity()[0] if process else 0.0
    end, now = time.monotonic() + LONGEST, (began, 0, False)
    while looks < enough and time.monotonic() < end and not patience.ended():
        if naps > MOST_NAPS or now[0] - began > MOST_WORK:
            return
        if happened is None:
            time.sleep(LOOK)
        elif happened():
            return
        now = process.activity() if process else (0.0, 0, False)
        looks = looks + 1 if now == before and not now[2] else 0
        if looks == STILL:
            enough = UNTIL_BROUGHT if on_its_way(patience.port) else STILL
        if looks == enough and still_brings(patience.port):
            looks -= 1
        naps += not now[2]
        before = now


def lay_out(server: Server, *, held: bool = False, jolted: bool = False) -> Ballot:
    """Lay the votes out. Before any other client: the first to connect is the desk."""
    return server.connect("votes", Ballot, held=held, jolted=jolted)


def expect_alone_with_the_votes(votes: Ballot) -> None:
    """While a thread was held between reading and writing, no other used the votes.

    Raises:
        Unmet: another one did.
    """
    if votes.shared:
        text = "are used by two threads at once"
        votes.story.breaks(votes.name, text, "the votes")
        raise Unmet(f"The votes {text}.", who=votes.name, kind="wrong")
    votes.tell("are used by one thread at a time")


class Voter(Client):
    """Casts votes, a name a line, and hears a count for each."""

    def __init__(self, *args: Any, **more: Any):
        super().__init__(*args, **more)
        self._heard = bytearray()

    def counts(self, name: bytes, number: int = 1) -> list[int]:
        """The counts in the next lines, each of which must be `name`, blank, a number.

        Args:
            name: the name that this client voted for.
            number: how many lines.

        Raises:
            Unmet: another line came, or none.
        """
        heard = [self._count(name) for _ in range(number)]
        few = ", ".join(f"{name.decode()} {count}" for count in heard)
        self.tell(f"< {few}" if number < 4 else f"< {number} counts of {show(name)}")
        return heard

    def _count(self, name: bytes) -> int:
        wanted = f"< expected {show(name)}, a blank and a count"
        while b"\n" not in self._heard[:MOST_LINE]:
            piece = self._some(1 << 16, wanted=wanted)
            if not piece:
                raise self._cut(wanted, "the server closed the connection", "eof")
            self._heard += piece
        line, _, self._heard = self._heard.partition(b"\n")
        head, _, number = bytes(line).rpartition(b" ")
        if head != name or not number.isdigit() or len(number) > 9:
            raise self._unmet(f"{wanted}, got {show(bytes(line))}", "wrong")
        return int(number)


def expect_door_attended(server: Server, clients: Sequence[Client]) -> None:
    """Whoever has come is accepted, and the server sleeps nowhere before that.

    While somebody stands at the door accept() comes back at once. So where all threads
    sleep, and go on sleeping, the one that accepts waits for something else.

    Args:
        clients: who have come, in the order of coming, and say nothing.

    Raises:
        Unmet: it does.
    """
    process, asleep, before = server.process, 0, None
    end, left = time.monotonic() + LONGEST, list(clients)
    while left and time.monotonic() < end and not server.ending():
        # In this order: who is asleep by now, and was not accepted before.
        if is_let_in(server.address[1], left[0].port) is not False:
            left.pop(0)
            asleep = 0
            continue
        now = process.activity()
        asleep = asleep + 1 if now == before and not now[2] else 0
        before = now
        if asleep == ASLEEP:
            text = "expected to be let in: the server sleeps, and does not accept"
            left[0].story.breaks(left[0].name, text)
            raise Unmet(text, who=left[0].name, kind="door")
        time.sleep(BETWEEN)
    server.story.tell("server", f"has let in all {len(clients)}, and slept nowhere")


ASLEEP, BETWEEN = 3, 0.001


def expect_each_once(server: Server, counts: Iterable[int]) -> None:
    """Of so many votes each has its own count: 1, 2, 3 and so on, none twice.

    Raises:
        Unmet: a vote is lost, or counted twice.
    """
    heard = sorted(counts)
    if heard != list(range(1, len(heard) + 1)):
        told, votes = len(set(heard)), len(heard)
        text = f"counts {told} of {votes} votes: the others are lost"
        if heard[-1] == votes:
            # As many as there were votes: none is lost, and the answers are at fault.
            text = f"tells {told} counts to {votes} votes: some are told twice"
        elif told == votes:
            text = f"tells {votes} votes counts from {heard[0]} to {heard[-1]}"
        raise server.unmet(text, "wrong")
    server.story.tell("server", f"gives each count from 1 to {len(heard)} once")


def expect_at_most(server: Server, threads: int) -> None:
    """One process, and no more threads than these, once nothing stirs.

    Raises:
        Unmet: there are more.
    """
    until_still(server.patience)
    vitals = server.vitals()
    for number, word, most in (
        (vitals.processes, "processes", 1),
        (vitals.threads, "threads", threads),
    ):
        if number > most:
            few = f"{most} at most are" if most > 1 else "one is"
            text = f"runs {number} {word}; {few} asked for"
            raise server.unmet(text, "crowd")
    few = f"{threads} threads at most" if threads > 1 else "one thread"
    server.story.tell("server", f"is one process of {few}")
