"""Test a server under pressure: who speaks faster than somebody listens.

Nobody here is slow by the clock. Who speaks and who listens are moved by the test
itself, in one thread: a listener takes something when the test says so, and until then
it takes nothing. How much a server has read and how much it has written is asked of
the kernel, so what it keeps is known to the byte, wherever it keeps it:

    flood = Flood(server, near, far)            # near speaks, far listens
    flood.until_stopped(LOW, HIGH + SCOOP)      # and takes nothing

The first client of each server is the usher, as in exercise 12. Where a server's
answers are made by a function, the usher hears of each call: who had a turn, and when.
"""

from __future__ import annotations

import select
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

from buckets.behaviour import Driver
from buckets.child.topics.back_pressure import LINE, made
from buckets.driving import control
from buckets.driving.beyond import Upstream
from buckets.driving.clients import WHY, Client
from buckets.driving.expect import until_it_sleeps
from buckets.driving.levels import lies_unread, taken_and_given
from buckets.driving.server import Server
from buckets.driving.topics.connecting_out import Usher
from buckets.driving.unmet import contrast, show

serve_made = Driver("back_pressure.serve_made")
"""Driver for servers (listener, make); needs an usher."""

serve_in_turns = Driver("back_pressure.serve_in_turns")
"""Driver for servers (listener, make, quantum); needs an usher."""

serve_marked = Driver("back_pressure.serve_marked")
"""Driver for servers (listener, upstream, high, low); needs an usher."""

serve_all = Driver("back_pressure.serve_all")
"""Driver for servers (listener, most); needs an usher."""

PIECE = 16384
"""Bytes that a server may have made at once."""

SCOOP = 65536
"""Bytes by which a server may come to keep more than its high mark."""

GREETINGS = 2
"""The kernel may count a greeting and a goodbye as one byte each."""

SIP = 1 << 18

STEP = 8192
"""Bytes that one says at a time who is to reach a mark, and not to pass it."""

PATIENT = 6.0
"""Seconds of sleep after which a room is stuck that has sent what has not arrived."""


def question(name: str, size: int) -> bytes:
    """What a client says, to be given so many bytes of this name."""
    return b"%s %d\n" % (name.encode(), size)


def answer(name: str, size: int, start: int = 0) -> bytes:
    """What must be poured for that: so many bytes, from one on."""
    return made(name, start, size)


# Bytes that a maker is told at once, at most.
MOST_TOLD = 1 << 20

# Who stands at the door ------------------------------------------------------------


class Maker(Usher):
    """Hears of each call of make(): whom it was for, from which byte on, how many."""

    def _connect(self, address: Any) -> None:
        super()._connect(address)
        self.calls: list[tuple[str, int, int]] = []
        self._unread = b""

    def hears(self) -> Self:
        """Take what has been told so far."""
        with suppress(BlockingIOError):
            while len(self._unread) < MOST_TOLD and (piece := self._recv(1 << 16)):
                self._unread += piece
        *lines, self._unread = self._unread.split(b"\n")
        self.calls += map(_call, lines)
        return self

    def made_for(self, name: str) -> int:
        """Bytes that were made under this name, in all."""
        return sum(size for one, _, size in self.hears().calls if one == name)

    def made_again(self, name: str) -> int | None:
        """The first byte that was made twice; None where each was made once.

        An answer that is asked for anew begins with its byte 0.
        """
        calls = [call for call in self.hears().calls if call[0] == name]
        for (_, before, size), (_, start, _) in pairwise(calls):
            if 0 < start < before + size:
                return start
        return None

    def expect_small_pieces(self, most: int) -> Self:
        """No call has asked for more than so many bytes, and none for nothing.

        Raises:
            Unmet: one has.
        """
        for name, start, size in self.hears().calls:
            if not 0 < size <= most:
                text = f"make({name.encode()!r}, {start}, {size}) was called: "
                raise self._unmet(f"{text}at most {most} bytes are asked for", "piece")
        return self


def _call(line: bytes) -> tuple[str, int, int]:
    """It comes from the learner's side: anything may stand in it."""
    match control.anything(line):
        case [str(name), int(start), int(size)]:
            return name, start, size
    return "", 0, 0


def begin(server: Server, **order: Any) -> Maker:
    """Let a server begin, with these arguments. Before any other client."""
    maker = server.connect("usher", Maker)
    told = ", ".join(f"{key} {value}" for key, value in order.items())
    if told:
        maker.tell(f"says: {told}")
    return maker.order(**order)


def begin_room(server: Server, most: int) -> None:
    """Let a room begin. Before any other client.

    Where many short lines find no room, the kernel tries them again by a clock of its
    own, later and later. A server that waits for that is not stuck.
    """
    begin(server, most=most)
    server.patience = replace(server.patience, asleep=PATIENT)
    server.beyond.append(server.address[1])


def begin_relay(server: Server, upstream: Upstream, high: int, low: int) -> Usher:
    """Let a relay begin, with its marks. Before any other client."""
    usher = server.connect("usher", Usher)
    usher.tell(f"says: high {high}, low {low}")
    return usher.order(upstream=list(upstream.address), high=high, low=low)


# Answers ---------------------------------------------------------------------------


def expect_answer(client: Client, name: str, size: int) -> None:
    """A client hears all of an answer, and no more."""
    client.expect(made(name, 0, size))


def expect_long_answer(maker: Maker, client: Client, name: str, size: int) -> None:
    """The same, for one too long to be at hand at once; the log is heard meanwhile.

    Raises:
        Unmet: something else has come, or no more of it.
    """
    client.tell(f"takes {size} bytes, as they come")
    wanted, heard = f"< expected {size} bytes", 0
    while heard < size:
        piece = client._some(min(SIP, size - heard), wanted=f"{wanted}, got a part")
        due = made(name, heard, len(piece))
        if piece != due:
            how = "the server closed the connection"
            if not piece:
                raise client._cut(wanted, how, "eof")
            text = f"{wanted}, got something else: {contrast(due, piece)}"
            raise client._unmet(text[:300], "wrong")
        heard += len(piece)
        maker.hears()
    client.expect_no_more()
    client.tell(f"< {size} bytes, as they should be")


def until_it_is_full(server: Server, maker: Maker, client: Client, name: str) -> None:
    """Wait until a client that takes nothing has kept a server from going on.

    Raises:
        Unmet: it never begins.
    """
    if why := server.until(lambda: maker.made_for(name) > 0 and _given(client) > 0):
        raise client._unmet(f"< expected some of its answer: {_no(why)}", "nothing")
    until_it_sleeps(server)
    client.tell("takes nothing")


def _no(why: str) -> str:
    return "the server has ended" if why == "gone" else f"nothing came, {WHY[why]}"


def _taken(client: Client) -> int:
    """Bytes that the server has read from this client."""
    told = taken_and_given(client.server_port, client.port)
    return told[0] if told else 0


def _given(client: Client) -> int:
    """Bytes that the server has written to this client."""
    told = taken_and_given(client.server_port, client.port)
    return told[1] if told else 0


def expect_little_made(maker: Maker, client: Client, name: str, most: int) -> None:
    """Not much more was made for a client than has been sent to it.

    Raises:
        Unmet: more than so many bytes.
    """
    kept = maker.made_for(name) - _given(client)
    if kept > most + GREETINGS and taken_and_given(client.server_port, client.port):
        text = f"more than {most} bytes were made for {client.name} and not sent"
        unmet = maker._unmet(text, "piece")
        unmet.facts = {"again": maker.made_again(name)}
        raise unmet
    maker.tell("sees that no more was made than there is room for")


def until_they_lie_there(server: Server, clients: Iterable[Client], size: int) -> None:
    """Wait until what these clients have sent has come to the server's side."""
    waiting = list(clients)

    def fact() -> bool:
        waiting[:] = [
            one for one in waiting if lies_unread(one.server_port, one.port) < size
        ]
        return not waiting

    server.until(fact)


def come_in(server: Server, *names: str, **more: Any) -> list[Client]:
    """Clients whom the server has let in: each has had an answer.

    Args:
        names: of the clients.
        more: as for any client.
    """
    clients = [server.connect(name, **more) for name in names]
    for client in clients:
        client.send(question("hello", 1))
        expect_answer(client, "hello", 1)
    return clients


def ask_at_once(server: Server, asks: dict[Client, bytes]) -> None:
    """Let the server find the questions of all of them in one look."""
    with server.frozen():
        for client, questions in asks.items():
            client.send(questions)
        until_they_lie_there(server, asks, LEAST)


LEAST = 8
"""Bytes of the shortest question that is asked so."""


def expect_turns(maker: Maker, name: str, others: Iterable[str], most: int) -> None:
    """Before each of the others had its first turn, this one had few of its own.

    Args:
        name: who has asked for much.
        others: who have asked for little, at the same time.
        most: bytes that may have been made for it until then.

    Raises:
        Unmet: more.
    """
    waiting, count = set(others), 0
    for one, _, size in maker.hears().calls:
        waiting.discard(one)
        if not waiting:
            break
        count += size * (one == name)
    if count > most:
        text = f"{name} had its turn again and again before all others had one"
        raise maker._unmet(text, "turns")
    maker.tell(f"sees that all others have had a turn beside {name}")


def expect_even(maker: Maker, one: str, other: str, size: int, most: int) -> None:
    """While two want the same, neither is ever far ahead of the other.

    Args:
        one, other: their names; at the end each has had the same.
        size: bytes that each is given.
        most: bytes by which one may be ahead.

    Raises:
        Unmet: one was.
    """
    had: Counter[str] = Counter()
    for name, _, count in maker.hears().calls:
        had[name] += count
        ahead = abs(had[one] - had[other])
        if ahead > most:
            first = one if had[one] > had[other] else other
            text = f"{first} was given far more than the other, who wanted as much"
            raise maker._unmet(text, "turns")
        if size in (had[one], had[other]):
            break
    maker.tell(f"sees that {one} and {other} were served side by side")


def expect_short_turns(
    maker: Maker, names: Iterable[str], size: int, most: int
) -> None:
    """Who want the same, and have room, have turns of so many bytes at most.

    Two turns of one may stand side by side where one round ends and the next begins.
    If that is the rule, what stands there is one long turn.

    Args:
        names: who have asked, each for the same.
        size: bytes that each is given.
        most: bytes of a turn.

    Raises:
        Unmet: many turns were longer.
    """
    known, rounds = set(names), -(-size // most)
    longer: Counter[str] = Counter()
    last, had = "", 0
    for name, _, count in maker.hears().calls:
        if name in known:
            before = had if name == last else 0
            last, had = name, before + count
            longer[name] += max(0, (had - 1) // most - max(0, before - 1) // most)
    if longer.total() > 2 * rounds:
        name = longer.most_common(1)[0][0]
        text = f"{name} had its turn again and again before all others had one"
        raise maker._unmet(text, "turns")
    maker.tell(f"sees that each turn had {most} bytes at most")


def expect_one_scoop(server: Server, client: Client, size: int) -> None:
    """Of many questions that lie there, no more were read than may be at once.

    Args:
        client: takes nothing of its answers.
        size: bytes of questions that were answered, at most.

    Raises:
        Unmet: more were.
    """
    if _taken(client) - size > SCOOP + GREETINGS:
        text = f"reads more than {SCOOP} bytes of {client.name}'s questions at once"
        raise server.unmet(text, "scoop")
    server.story.tell("server", f"reads {SCOOP} bytes of questions at most")


def expect_not_read(server: Server, client: Client, data: bytes) -> None:
    """What a client asks while other questions of it wait, is left in the kernel.

    Raises:
        Unmet: it was read.
    """
    before = _taken(client)
    client.send(data)
    until_they_lie_there(server, [client], 1)
    until_it_sleeps(server)
    if _taken(client) > before:
        text = f"reads on from {client.name}, and answers nothing of it"
        raise server.unmet(text, "greedy")
    server.story.tell("server", f"reads no more from {client.name}")


def until_made(server: Server, maker: Maker, name: str, size: int) -> None:
    """Wait until so many bytes were made under a name.

    Raises:
        Unmet: they never are.
    """
    if why := server.until(lambda: maker.made_for(name) >= size):
        text = f"expected that {name} is given {size} bytes: {_no(why)}"
        raise maker._unmet(text, "nothing")


class Asking:
    """One who asks the same again and again, and takes nothing.

    Args:
        server: answers.
        maker: hears what is made.
        client: asks.
        name: of the answers.
        size: bytes of each.
    """

    MOST = 8 << 20  # bytes of questions

    def __init__(
        self, server: Server, maker: Maker, client: Client, name: str, size: int
    ):
        self.server, self.maker, self.client = server, maker, client
        self.name, self.size, self.sent = name, size, 0
        self.one = question(name, size)
        client.tell(f"> {self.one!r}, again and again, and takes nothing")
        client._event("pour", self.one)

    def until_read_no_more(self, most: int) -> None:
        """Ask until nothing more is read.

        Args:
            most: bytes of questions that may have been read and not been answered.

        Raises:
            Unmet: more are.
        """
        self._expect_few(most)
        if why := self.server.until(lambda: self._is_stopped(most)):
            raise self.client._unmet(f"wanted to ask on: {_no(why)}", "nothing")
        self.server.story.tell("server", "reads no more from " + self.client.name)

    def _is_stopped(self, most: int) -> bool:
        block, stopped = self.one * (SIP // len(self.one)), False
        try:
            while self.sent < self.MOST:
                self.sent += self.client.sock.send(block[self.sent % len(self.one) :])
        except BlockingIOError:
            stopped = True
        self._expect_few(most)
        client = self.client
        return stopped and lies_unread(client.server_port, client.port) > 0

    def _expect_few(self, most: int) -> None:
        read = _taken(self.client)  # first: what is made meanwhile makes it no more
        done = self.maker.made_for(self.name) / self.size * len(self.one)
        if read - done > most:
            text = f"reads on from {self.client.name}, and answers nothing of it"
            raise self.server.unmet(text, "greedy")


# A flood ---------------------------------------------------------------------------


def _more_than_is_kept() -> int:
    """More bytes than two kernels' buffers and a relay with marks keep.

    A buffer whose size nobody has set grows up to the last number of tcp_wmem(7): that
    of a relay's own call, for one. 16 MB where that is 4 MB, as it comes.
    """
    most = 4 << 20
    with suppress(OSError, ValueError, IndexError):
        most = int(Path("/proc/sys/net/ipv4/tcp_wmem").read_text().split()[2])
    return (8 << 20) + 2 * most


class Flood:
    """One who speaks and one who listens, with a relay between, moved by hand.

    Args:
        server: the relay.
        near: speaks.
        far: listens.
        size: bytes that are there to be said; more than any kernel keeps, by default.
    """

    def __init__(self, server: Server, near: Client, far: Client, size: int = 0):
        self.server, self.near, self.far = server, near, far
        self.size, self.sent, self.heard = size or _more_than_is_kept(), 0, 0
        self._has_finished = False
        near.tell("speaks as fast as it is listened to")
        near._event("pour", made(near.name, 0, LINE))

    def pour(self) -> None:
        """Say as much as there is room for."""
        with suppress(BlockingIOError):
            while self.sent < self.size:
                more = made(self.near.name, self.sent, min(SIP, self.size - self.sent))
                self.sent += self.near.sock.send(more)

    def sip(self, most: int = SIP) -> bytes | None:
        """Take what has come, and look at it; None if nothing has, b"" at the end.

        Raises:
            Unmet: something else has come.
        """
        try:
            got = self.far._recv(most)
        except BlockingIOError:
            return None
        except OSError as error:
            how = error.strerror or "an error"
            raise self.far._cut("< expected more", how, "reset") from error
        due = made(self.near.name, self.heard, len(got))
        if got != due:
            text = f"< expected what {self.near.name} says, got something else"
            raise self.far._unmet(text, "wrong", expected=due[:64], got=got[:64])
        self.heard += len(got)
        return got

    @property
    def taken(self) -> int:
        """Bytes that the server has read."""
        return _taken(self.near)

    @property
    def given(self) -> int:
        """Bytes that it has written."""
        return _given(self.far)

    @property
    def kept(self) -> int:
        """Bytes that it has read and not written; never more than there are."""
        taken = self.taken  # first: what is written meanwhile makes it no more
        return taken - self.given

    def until_stopped(self, least: int, most: int) -> Self:
        """Let the one speak, and the other take nothing, until no more is read.

        Args:
            least: bytes that are kept then, or more. Less than the high mark: while
                the kernel makes its room larger, some of them still leave.
            most: bytes that may ever be kept.

        Raises:
            Unmet: more or less is kept.
        """
        why = self.server.until(lambda: self._is_stopped(most))
        self._expect_kept_at_most(most)
        if why:
            kind = why if why in ("gone", "busy", "crowd") else "nothing"
            text = f"does not read all that {self.near.name} says: {_no(why)}"
            raise self.server.unmet("has ended" if why == "gone" else text, kind)
        if self.kept < least:
            text = f"reads no more, and keeps less than {least} bytes"
            raise self.server.unmet(text, "low")
        self.far.tell("takes nothing")
        self.server.story.tell("server", f"reads no more from {self.near.name}")
        return self

    def _is_stopped(self, most: int) -> bool:
        """Whether bytes lie there unread, and the server sleeps beside them."""
        self.pour()
        self._expect_kept_at_most(most)
        before, near = self.taken, self.near
        if not lies_unread(near.server_port, near.port):
            return False
        running = self.server.process.activity()[2]
        return not running and self.taken == before

    def _expect_kept_at_most(self, most: int) -> None:
        if self.kept > most + GREETINGS:
            raise self.server.unmet(f"keeps more than {most} bytes", "high")

    def until_read_again(self, low: int) -> Self:
        """Let the other take something, until the server reads again.

        Args:
            low: bytes of which it may keep so many, and no more, before it does.

        Raises:
            Unmet: it reads too soon, too late, or no more.
        """
        before, late = self.taken, False
        self.far.tell("takes a sip, and another")

        def fact() -> bool:
            nonlocal late
            self.pour()
            late = late or self._lets_wait(before, low)
            taken = self.taken  # first: see kept
            if taken == before:
                # Few: it must not be able to write all that it keeps at once.
                self.sip(SCOOP)
            return taken > before

        if why := self.server.until(fact):
            if why == "gone":
                raise self.server.unmet("has ended", "gone")
            text = f"reads no more from {self.near.name}, though little is kept"
            raise self.server.unmet(text, "stuck")
        if self.given < before - low - GREETINGS:
            text = f"reads again, and keeps more than {low} bytes"
            raise self.server.unmet(text, "soon")
        if late:
            text = f"slept when it kept no more than {low} bytes, and did not read"
            raise self.server.unmet(text, "late")
        self.server.story.tell("server", f"reads again from {self.near.name}")
        return self

    def _lets_wait(self, before: int, low: int) -> bool:
        """Whether it sleeps beside bytes to read, and keeps some, but few."""
        near = self.near
        few = 0 < self.kept <= low - GREETINGS  # never more than there are
        if not few or not lies_unread(near.server_port, near.port):
            return False
        return self.server.process.still() and self.taken == before

    def until_exactly(self, high: int) -> Self:
        """Say no more than that exactly the high mark is kept, and then one byte more.

        The other takes nothing. What is kept in the moment in which that byte is read
        is never less than what had been read before, less what is written by now.

        Raises:
            Unmet: it was read though the mark had been reached.
        """
        offset = self.kept  # a greeting may count as a byte, and nothing is kept yet
        most = 0  # that may ever have been kept
        self.far.tell(
            "takes nothing, and is sent just so much that the mark is reached"
        )
        while True:
            until_it_sleeps(self.server)
            missing = high - (self.kept - offset)
            taken, given = self.taken, self.given
            more = min(missing, STEP) if missing > 0 else 1
            self.near.sock.sendall(made(self.near.name, self.sent, more))
            self.sent += more
            if missing <= 0:
                break
            if why := self.server.until(partial(self._has_read, taken + more)):
                if why == "asleep" and most >= high:
                    break  # the kernel has taken some of it since the mark was reached
                text = f"does not read all that {self.near.name} says: {_no(why)}"
                raise self.server.unmet(text, "gone" if why == "gone" else "low")
            most = max(most, taken + more - offset - given)
        until_it_sleeps(self.server)
        if self.taken > taken and taken - offset - self.given >= high:
            text = f"reads on, and keeps {high} bytes already, which is the high mark"
            raise self.server.unmet(text, "mark")
        self.server.story.tell("server", f"reads no more from {self.near.name}")
        return self

    def _has_read(self, size: int) -> bool:
        return self.taken >= size

    def _finish(self) -> None:
        self._has_finished = True
        self.near.half_close()

    def until_all_is_read(self) -> Self:
        """Say everything and finish; the other takes nothing.

        Raises:
            Unmet: the server does not read all of it.
        """

        def fact() -> bool:
            self.pour()
            return self.sent == self.size and self._has_read(self.size)

        if why := self.server.until(fact):
            text = f"does not read all that {self.near.name} says: {_no(why)}"
            raise self.server.unmet(text, "gone" if why == "gone" else "low")
        self._finish()
        self.far.tell("takes nothing")
        until_it_sleeps(self.server)
        return self

    def until_all_is_heard(self) -> Self:
        """Say the rest and finish, and hear everything, and the end.

        Raises:
            Unmet: bytes are missing, or the end.
        """
        wanted = f"< expected {self.size} bytes, and the end"
        self.far.tell(f"takes {self.size} bytes, as they come")
        while True:
            self.pour()
            if self.sent == self.size and not self._has_finished:
                self._finish()
            got = self.sip()
            if got == b"":
                break
            if got is None:
                self._wait(wanted)
        if self.heard != self.size:
            text = f"{wanted}, got the end too soon"
            raise self.far._cut(text, "the server closed the connection", "eof")
        self.far.tell("< all of it, and the end, as it should be")
        return self

    def _wait(self, wanted: str) -> None:
        """Until there is something to hear, or room to speak."""
        poller = select.poll()
        poller.register(self.far.sock, select.POLLIN)
        if self.sent < self.size:
            poller.register(self.near.sock, select.POLLOUT)
        why = self.server.patience.until(lambda s: bool(poller.poll(s * 1000)))
        if why:
            text = f"{wanted}: {_no(why)}"
            raise self.far._unmet(text, "gone" if why == "gone" else "nothing")


# Lines for everybody ----------------------------------------------------------------


class Said:
    """Lines that a speaker says, and what a hearer makes of them.

    Args:
        speaker: says them.
        hearers: hear each of them before more are said.
        size: bytes of a line.
        beside: take nothing. What the kernel has taken for each is noted before more
            is said, for a bound may be reached at any moment of that.
    """

    def __init__(
        self,
        speaker: Client,
        *hearers: Client,
        size: int = 1000,
        beside: Iterable[Client] = (),
    ):
        self.speaker, self.hearers, self.size, self.count = speaker, hearers, size, 0
        self.known: dict[str, int] = {}  # of each hearer, up to which line it knows
        self.given: dict[Client, dict[int, int]] = {one: {} for one in beside}

    def line(self, number: int) -> bytes:
        """The line of this number, from 1 on."""
        head = b"%s %d " % (self.speaker.name.encode(), number)
        return head.ljust(self.size - 1, b".") + b"\n"

    def say(self, count: int, at_once: int = 16) -> Self:
        """Say so many lines; the hearers keep step."""
        self.speaker.tell(f"says {count} lines of {self.size} bytes")
        for one in self.hearers:
            one.tell("hears each of them")
        for first in range(self.count + 1, self.count + count + 1, at_once):
            last = min(first + at_once, self.count + count + 1)
            text = b"".join(map(self.line, range(first, last)))
            for slow, given in self.given.items():
                given[first] = _given(slow)
            self.speaker._pour(text)
            for one in self.hearers:
                self._is_heard_by(one, text)
        self.count += count
        for one in self.hearers:
            one.expect_no_more()
            self.known[one.name] = self.count
        return self

    @staticmethod
    def _is_heard_by(one: Client, text: bytes) -> None:
        """How much of it has come where it breaks off is chance, and not told."""
        wanted, got = "< expected each line", b""
        while len(got) < len(text):
            piece = one._some(len(text) - len(got), wanted=wanted)
            if not piece:
                raise one._cut(wanted, "the server closed the connection", "eof")
            got += piece
        lines, came = (each.splitlines(keepends=True) for each in (text, got))
        for due, line in zip(lines, came, strict=False):
            if due != line:
                cut = line in due or (len(line) > 1 and line[:-1] in due)
                odd = "a part of one" if cut else show(line)
                kind = "torn" if cut else "wrong"
                raise one._unmet(f"{wanted}, got {odd}", kind, expected=due, got=line)

    def given_before(self, slow: Client, number: int) -> int:
        """Bytes that the kernel had taken for one, before the line of this number."""
        given = self.given[slow]
        return given[max(first for first in given if first <= number)]

    def heard_by(self, slow: Client) -> Heard:
        """Let a slow one hear everything that is there for it, until all is told.

        Raises:
            Unmet: a line is missing, and nobody says so; or something else came.
        """
        heard, wanted = Heard(self, slow), f"< expected {Heard.wanted}"
        slow.tell("takes all that there is")
        is_late = False
        while heard.told < self.count:
            if not is_late and slow.patience.wait(slow.sock) == "asleep":
                # It has taken everything. Is it told with the next line, or never?
                is_late = True
                self.count += 1
                self.speaker._pour(self.line(self.count))
            heard.add(slow._some(SIP, wanted=wanted))
        if is_late:
            raise slow._unmet(f"{wanted}: it came with a line said later", "belated")
        self.known[slow.name] = self.count
        slow.expect_no_more()
        slow.tell("< whole lines, and how many were dropped, as it should be")
        return heard


def fill_to_the_brim(server: Server, said: Said, slow: Client, most: int) -> bytes:
    """Say lines until all that may be kept for a slow one is kept, to the byte.

    Returns:
        The last line: it fits.
    """
    speaker = said.speaker
    until_it_sleeps(server)
    before = _given(slow) - said.count * said.size  # a greeting may count as a byte
    while True:
        room = most - (said.count * said.size + before - _given(slow))
        if room < said.size * 3:
            break
        said.say(min(16, room // said.size - 2))
        until_it_sleeps(server)
    number = said.count + 1
    head = b"%s %d " % (speaker.name.encode(), number)
    line = head.ljust(room - 1, b".") + b"\n"
    speaker.tell(f"says a line of {room} bytes, for which there is just so much room")
    speaker._pour(line)
    for one in said.hearers:
        one.expect(line)
    until_it_sleeps(server)
    return line


def expect_nothing_dropped(said: Said, slow: Client, last: bytes) -> None:
    """A slow one hears each line, then this one, and of none that is missing.

    Raises:
        Unmet: something else came, or less.
    """
    due = b"".join(map(said.line, range(1, said.count + 1))) + last
    wanted, got = "< expected each line, for all of them fit", b""
    slow.tell("takes all that there is")
    while len(got) < len(due):
        piece = slow._some(len(due) - len(got), wanted=wanted)
        if not piece:
            raise slow._cut(wanted, "the server closed the connection", "eof")
        got += piece
        if NOTICE in got:
            raise slow._unmet(f"{wanted}, and was told of dropped ones", "early")
    if got != due:
        raise slow._unmet(f"{wanted}, got something else", "torn")
    slow.tell("< each of them, as it should be")


NOTICE = b"lines dropped ***"


class Heard:
    """What one hearer has heard: lines, and how many were dropped where.

    Attributes:
        told: the number of the last line that it knows of.
        lines, dropped: how many it has heard, and how many it was told of.
        size: bytes that it has heard.
        notices: bytes of the lines that told of dropped ones.
        until_first: bytes before it was first told that something was dropped.
        first_dropped: the number of the first line that was.
    """

    wanted = "the next line, or how many were dropped"

    def __init__(self, said: Said, slow: Client):
        self.said, self.slow, self._rest = said, slow, b""
        self.told = said.known.get(slow.name, 0)
        self.lines = self.dropped = self.size = self.notices = 0
        self.until_first = self.first_dropped = 0

    def add(self, data: bytes) -> None:
        """Understand what has come."""
        if not data:
            how = "the server closed the connection"
            raise self.slow._cut(f"< expected {self.wanted}", how, "eof")
        self.size += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._understand(line + b"\n")

    def _understand(self, line: bytes) -> None:
        match line.split():
            case [b"***", count, b"lines", b"dropped", b"***"] if count.isdigit():
                if not self.first_dropped:
                    self.until_first = self.lines * self.said.size
                    self.first_dropped = self.told + 1
                self.notices += len(line)
                self.dropped += int(count)
                self.told += int(count)
            case _:
                self._is_next(line)
        if self.told > self.said.count:
            text = f"was told of {self.told} lines, and there were {self.said.count}"
            raise self.slow._unmet(text, "count")

    def _is_next(self, line: bytes) -> None:
        if line == self.said.line(self.told + 1):
            self.lines += 1
            self.told += 1
            return
        number = line.split()[1:2]
        wanted = f"< expected {self.wanted}, got"
        if number and number[0].isdigit():
            if line == self.said.line(int(number[0])):
                raise self.slow._unmet(f"{wanted} a later line", "unsaid")
        if line.startswith(b"***"):
            due = b"*** 1 lines dropped ***\n"
            text = f"{wanted} {show(line)}"
            raise self.slow._unmet(text, "words", expected=due, got=line)
        raise self.slow._unmet(f"{wanted} a line that is not whole", "torn")


def expect_told(slow: Client, given: int, heard: Heard, most: int) -> None:
    """What was kept for a slow one had a bound, and was not less than it might be.

    Args:
        given: bytes that the kernel had taken for it before it began to listen.

    Raises:
        Unmet: more was kept, or something was dropped too soon.
    """
    notice, said = 128, heard.said
    more = heard.size - given - most
    if given and notice < more <= heard.notices:
        text = "more than one line in a row tells how many were dropped"
        raise slow._unmet(text, "notices")
    if given and more > notice:
        raise slow._unmet(f"more than {most} bytes were kept for it", "kept")
    if not heard.dropped:
        return
    # When that line came the kernel had taken as much as this, or more, so no more
    # than this was kept.
    kept = heard.until_first - said.given_before(slow, heard.first_dropped)
    if kept < most - 2 * said.size:
        text = f"lines were dropped, and much less than {most} bytes were kept for it"
        raise slow._unmet(text, "early")


def given_to(server: Server, slow: Client) -> int:
    """Bytes that the kernel has taken for one who takes nothing, at rest."""
    until_it_sleeps(server)
    return _given(slow)
