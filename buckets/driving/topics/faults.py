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

import signal
import socket
import time
from collections.abc import Iterator
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
