"""Test servers in need: calls that fail, limits, an end, and a successor.

The clock is the test's own, as in exercise 09, so no limit is ever waited for. A slow
reader takes its answer in sips: each time the test waits until its kernel has got more,
which the server's kernel can tell, and then lets time pass.

    @behaviour("hold_limits", points=2, driver=serve_by_the_clock)
    def test_who_takes_sips_stays(server):
        clock = wind(server)
        slow = server.connect("slow", Slow, receive_buffer=SMALL)
        slow.send(b"100000\\n").sips(1 << 16)
        clock.moves(10)
"""

from __future__ import annotations

import fcntl
import re
import signal
import socket
import struct
import termios
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Self

from buckets.behaviour import Driver
from buckets.driving.clients import Address, Client
from buckets.driving.desk import Desk
from buckets.driving.expect import expect_fewer_descriptors, until_it_sleeps
from buckets.driving.levels import lies_unread, not_arrived
from buckets.driving.server import Server
from buckets.driving.topics.connecting_out import numbered
from buckets.driving.topics.housekeeping import Hands, Taker

serve_by_the_clock = Driver("faults.serve")
"""Driver for servers (listener, clock); needs a clock wound."""


serve_high = Driver("faults.serve_high")
"""The same, with few descriptors left that select() can watch."""


serve_with_heir = Driver("faults.serve_with_heir")
"""Driver for servers (listener, clock, heir); needs an heir, and then a clock."""


serve_monitored = Driver("faults.serve_monitored")
"""Driver for servers (listener, monitor, clock, work); needs a monitor, and then a
clock. The server connects nowhere, but its monitor must be reached: outward=True."""


SMALL = 65536
"""Bytes of a slow reader's buffer."""

ASKED = 100_000
"""Lines of a long answer."""

LONG_ANSWER = numbered(8 * ASKED)
"""What is said to `100000`."""


# Clients ---------------------------------------------------------------------------


def guest(server: Server, name: str, line: bytes = b"soup") -> Client:
    """A client who is in: it has had an answer."""
    client = server.connect(name).send(line + b"\n")
    return client.expect(line.upper() + b"\n")


def passes(clock: Hands, seconds: float) -> None:
    """Let time pass in small steps, so that no timer rings much later than it is due.

    Args:
        clock: the hands of the server's clock.
        seconds: how long; a number of whole steps.
    """
    for _ in range(round(seconds / STEP)):
        clock.moves(STEP)


STEP = 1.0
"""Seconds of the server's clock."""


class Visitor(Client):
    """Comes from an address of its own.

    Args:
        host: one of 127.0.0.0/8.
        more: as for any client.
    """

    def __init__(self, *args: Any, host: str, **more: Any):
        self.host = host
        self.habit = f"connects from {host}"
        super().__init__(*args, **more)

    def _connect(self, address: Address) -> None:
        self.sock.bind((self.host, 0))
        super()._connect(address)
        told = {"e": "address", "who": self.name, "port": self.port, "host": self.host}
        self.story.add({"t": time.monotonic_ns(), **told})


class Slow(Taker):
    """Takes a long answer in sips, and knows what is still under way."""

    def sips(self, part: bytes) -> Self:
        """Take the next part, and wait until the kernel has brought more behind it.

        Raises:
            Unmet: something else comes, or nothing does.
        """
        self.takes(part)
        self.patience.until_it_holds(self._has_more)
        return self

    def _has_more(self) -> bool:
        more = lies_unread(self.port, self.server_port)
        return more > 0 or not not_arrived(self.server_port, self.port)


def expect_all_taken(*clients: Client) -> None:
    """Wait until each client's kernel has said that it has all that was sent so far.

    It may take its time with that, and until then the bytes count as on their way.
    """
    for client in clients:
        client.patience.until_it_holds(partial(_has_taken, client))


def _has_taken(client: Client) -> bool:
    return not not_arrived(client.server_port, client.port)


class Heir(Desk):
    """The voice of a successor."""

    habit = "is the successor, and waits"

    def __init__(self, *args: Any, **more: Any):
        super().__init__(*args, **more)
        self._heard: list[str] = []

    def asks(self) -> Self:
        """Ask for the listener, and do not wait."""
        self.tell("asks for the listener")
        return self.order(ask=True)

    def never_comes(self) -> Self:
        """Close the Unix socket without a byte."""
        self.tell("hangs up, and has not asked")
        self.order(ask=False)
        return self._until("silent", "expected to hang up")

    def expect_door(self) -> Self:
        """The listener has come.

        Raises:
            Unmet: it has not.
        """
        return self._until("door", "expected the listener")

    def expect_returned(self) -> Self:
        """The function of the one before has returned.

        Raises:
            Unmet: it has not.
        """
        return self._until("returned", "expected that the old server returns")

    def expect_old_stays(self, server: Server) -> Self:
        """The old server has come to rest, and its function has not returned.

        Raises:
            Unmet: it has returned.
        """
        until_it_sleeps(server)
        # It tells that before it sleeps for good, so it has come by now.
        if self._has_come() and self.expect_returned():
            raise server.unmet("has returned, and nobody serves any more", "over")
        return self

    def _has_come(self) -> bool:
        with suppress(OSError):
            return bool(self._rest or self.sock.recv(1, socket.MSG_PEEK))
        return False

    def _until(self, word: str, wanted: str) -> Self:
        # Which of both processes speaks first is chance.
        while word not in self._heard:
            said = self.line(f"< {wanted}")
            one = said[0] if isinstance(said, list) and said else ""
            if one == "nothing" and word == "door":
                raise self._unmet(f"< {wanted}, got a message without it", "wrong")
            self._heard.append(str(one))
        self.tell(f"< {TOLD[word]}")
        return self


TOLD = {
    "door": "the listener",
    "returned": "the old server has returned",
    "silent": "the line is closed",
}


def heir_of(server: Server) -> Heir:
    """The voice of a successor. Before the clock is wound, and any other client."""
    return server.connect("heir", Heir)


# The door to look in ---------------------------------------------------------------


class Onlooker(Client):
    """Visits the monitor, and knows what it is due to hear there."""

    habit = "visits the monitor"
    known: Sequence[Client] = ()  # all clients there are

    def hears(
        self, rest: Mapping[Client, int], slowest: tuple[Client, float] | None = None
    ) -> Self:
        """A report of these guests, and then the end.

        Args:
            rest: who is in, and how many bytes of the answers it has not read. What
                lies in its own kernel has been taken, as far as the server can know.
            slowest: whose call was the slowest, and for how long it lasted.

        Raises:
            Unmet: it hears something else, or no end.
        """
        report = _Report(self._all())
        if report.odd is not None:
            what = repr(report.odd) if report.odd else "no last line"
            text = f"< expected a report, got {what} in it"
            facts = {"why": report.why, "line": repr(report.odd)}
            raise self._unmet(text, "wrong", facts=facts)
        for client, left in rest.items():
            self._compare(client, report.pending.pop(client.port, None), left)
        for port in report.pending:
            text = f"< expected to hear of {_listed(rest)}, got {self._name(port)}, too"
            facts = {"why": self._kind(port), "who": self._name(port)}
            raise self._unmet(text, "wrong", facts=facts)
        who, seconds = slowest or (None, 0.0)
        due = f"{seconds:.2f} s for {who.name if who else 'nobody'}"
        said = f"{report.seconds} s for {self._name(report.port)}"
        if said != due:
            text = f"< expected slowest: {due}, got slowest: {said}"
            facts = {"why": "slowest", "due": due, "said": said}
            raise self._unmet(text, "wrong", facts=facts)
        self.tell(f"< a report of {_listed(rest)}; slowest: {due}")
        return self

    def _all(self) -> bytes:
        wanted, got = "< expected a report, and then the end of the connection", b""
        while piece := self._some(MOST_REPORT, wanted=wanted):
            got += piece
            if len(got) > MOST_REPORT:
                raise self._unmet(f"{wanted}, got {len(got):,} bytes", "extra")
        if not got:
            raise self._cut(wanted, "the server closed the connection", "eof")
        return got

    def _compare(self, client: Client, told: int | None, left: int) -> None:
        name, facts = client.name, {"who": client.name, "told": told, "left": left}
        if told is None:
            text = f"< expected to hear of {name}, and did not"
            raise self._unmet(text, "wrong", facts={**facts, "why": "missing"})
        # In a moment its kernel may have more: by now at least so much is left.
        if not left - _unread(client) <= told <= left:
            few = told < left
            text = f"< expected so many bytes pending as {name} has not taken, got "
            text += "fewer" if few else "more"
            facts["why"] = "few" if few else "many"
            raise self._unmet(text, "wrong", facts=facts)

    def _kind(self, port: int) -> str:
        visitors = [each.port for each in self.known if isinstance(each, Onlooker)]
        return "visitor" if port in visitors else "stranger"

    def _name(self, port: int) -> str:
        names = {client.port: client.name for client in self.known}
        return names.get(port, "somebody else") if port else "nobody"


MOST_REPORT = 1 << 16
"""Bytes. No server here has so many guests."""


class _Report:
    """What a visitor has heard, line by line.

    Attributes:
        odd: a line that is none of a report's, or b"" where the last one is missing;
            None if there is nothing odd.
        why: what is odd about it, in a word that a sentence goes by.
        pending: by port, what is told of a guest.
        seconds, port: the slowest call, and of whom; 0 of nobody.
    """

    def __init__(self, data: bytes):
        self.pending: dict[int, int] = {}
        self.seconds, self.port = "", 0
        *lines, rest = data.split(b"\n")
        last = lines.pop() if lines and not rest else rest
        self.odd: bytes | None = None
        self.why = ""
        for line in lines:
            if found := _OF_A_GUEST.fullmatch(line):
                self.pending[int(found[1])] = int(found[2])
            else:
                self.odd, self.why = line[:SHOWN], "odd_line"
                if line.startswith(b"slowest"):
                    self.why = "odd_last"
                if _SLOWEST.fullmatch(line):
                    self.why = "last_before_others"
                return
        found = _SLOWEST.fullmatch(last)
        if not found or rest:
            self.odd, self.why = last[:SHOWN], "odd_last"
            if found:
                self.why = "no_newline"
            elif not last or _OF_A_GUEST.fullmatch(last):
                self.why = "no_last"
            return
        self.seconds = found[1].decode()
        self.port = int(found[2]) if found[2] != b"nobody" else 0


SHOWN = 60

_OF_A_GUEST = re.compile(rb"([0-9]{1,5}): ([0-9]{1,12}) pending")
_SLOWEST = re.compile(rb"slowest: ([0-9]{1,9}\.[0-9]{2}) s for ([0-9]{1,5}|nobody)")


def _unread(client: Client) -> int:
    """Bytes that its own kernel has for it."""
    told = fcntl.ioctl(client.sock, termios.FIONREAD, bytes(4))
    return int(struct.unpack("i", told)[0])


def _listed(clients: Iterable[Client]) -> str:
    return " and ".join(client.name for client in clients) or "nobody"


class _Doorkeeper(Desk):
    habit = "is the second listener, and waits"


class Monitor:
    """The second listener of a server. Before the clock is wound, and any client."""

    def __init__(self, server: Server):
        self.server = server
        desk = server.connect("monitor", _Doorkeeper)
        told = desk.line("expected the server to begin")
        port = told[0] if isinstance(told, list) and told else 0
        self.address = server.address[0], int(port)
        server.beyond.append(self.address[1])
        server.story.ports.add(self.address[1])

    def visited(self, name: str = "visitor") -> Onlooker:
        """Somebody comes to look."""
        server = self.server
        visitor = Onlooker(
            self.address, name, story=server.story, patience=server.patience
        )
        visitor.known = server.clients
        server.clients.append(visitor)
        return visitor


# The end ---------------------------------------------------------------------------


def ends(server: Server) -> None:
    """Send SIGTERM, as a system does to a program that is to end."""
    server.story.tell("the system", "sends SIGTERM")
    server.story.add({"t": time.monotonic_ns(), "e": "signal"})
    server.process.signal(signal.SIGTERM)


def expect_let_go(*clients: Client) -> None:
    """The server has ended: so have these connections, in order or by a reset.

    What was pending for them may be lost.
    """
    for client in clients:
        with suppress(OSError):
            while client._some(1 << 16, wanted="< expected the end of the connection"):
                pass
        client.tell("< the end of the connection, as it should be")


def expect_served_or_let_go(client: Client, line: bytes, answer: bytes) -> None:
    """A line is answered in full, or the connection has its end.

    Raises:
        Unmet: neither happens.
    """
    wanted = f"< expected {answer!r}, or the end of the connection"
    client.tell(f"> {line!r}")
    try:
        client.sock.send(line)
        client._wait(write=False, wanted=wanted)
        got = client.sock.recv(4096)
    except (ConnectionError, BrokenPipeError):
        got = b""
    if got not in (b"", answer):
        raise client._unmet(f"{wanted}, got {got[:40]!r}", "wrong")
    client.tell(f"< {answer!r}" if got else "< the end of the connection")


@contextmanager
def expect_all_let_go(server: Server, count: int) -> Iterator[None]:
    """Inside, the connections of so many clients are closed, who may not see it."""
    kept = "keeps the connections of clients who must go"
    with expect_fewer_descriptors(server, count, kept):
        yield
    server.story.tell("server", "has closed their connections")
