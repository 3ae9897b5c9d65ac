"""Test what depends on time without letting any pass: the clock is the test's own.

A server of exercise 09 is given a clock, a function that says what time it is. In a
test it stands still until the first client, its hands, moves it. The server's waiting
believes in the same clock: it ends when a flag is up, or when the clock has been moved
past its timeout. So a limit of half a minute is tested in no time, the test knows what
timeout the server asked for, and all that matters is the order of what happens.

    @behaviour("keep_house", points=1, driver=serve_by_the_clock)
    def test_who_is_silent_is_shown_out(server):
        clock = wind(server)
        anna = server.connect("anna")
        clock.moves(30)
        anna.expect_eof()
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from buckets.behaviour import Driver
from buckets.driving import control
from buckets.driving.clients import Client, Sipper
from buckets.driving.expect import expect_fewer_descriptors
from buckets.driving.levels import taken_and_given
from buckets.driving.server import Server
from buckets.driving.unmet import Unmet

TICK = 30.0
ROUNDING = 1.5e-3
MOST_LINE = 1 << 10
MOST_SECONDS = 1e12


play_timers = Driver("housekeeping.play_timers")
"""Driver for timers without a loop: one client orders, and hears what rings."""


play_bells = Driver("housekeeping.play_loop")
"""Driver for loops that know the time: puppets with bells; needs a clock wound."""


play_by_the_real_clock = Driver("housekeeping.play_real")
"""Driver for a loop that is given no clock."""


serve_by_the_clock = Driver("housekeeping.serve")
"""Driver for servers (listener, clock); needs a clock wound."""


def wind(server: Server) -> Hands:
    """The hands of the server's clock. Before any other client: the first to connect
    is the one who moves it."""
    return server.connect("clock", Hands)


class Hands(Client):
    """Moves the server's clock, and knows for how long the server asked to sleep."""

    habit = "is handed to the server, and stands still"

    def __init__(self, *args: Any, **more: Any):
        super().__init__(*args, **more)
        self._said = bytearray()
        self.now = 0.0
        self.asks: float | None = None

    def moves(self, seconds: float) -> Self:
        """Let time pass, and wait until the server has come to rest after that.

        Raises:
            Unmet: it never does.
        """
        now = self.now + seconds
        self.tell(f"moves on by {seconds:g} s, to {now:g} s")
        self._order(seconds)
        return self

    def passes(self, seconds: float) -> Self:
        """Let time pass, and do not wait: the server may end by it."""
        self.tell(f"moves on by {seconds:g} s")
        return self._pour(b"%r\n" % seconds)

    def expect_sleep(self, due: float | None) -> Self:
        """The server sleeps, and asks to be woken when something is due.

        Args:
            due: seconds from now until the next deadline; None where there is none.
                It may wake after TICK seconds all the same.

        Raises:
            Unmet: it asks to be woken earlier than that, or too late.
        """
        self._order(0)
        what = f"{due:g} s" if due is not None else "nothing"
        latest = math.inf if due is None else due
        asks = math.inf if self.asks is None else self.asks
        if asks > latest + ROUNDING:
            text = f"sleeps {_long(self.asks)}, but something is due in {what}"
            raise self._wrong(text, "late")
        if asks < min(latest, TICK) - ROUNDING:
            then = "nothing is due" if due is None else f"something is due in {what}"
            raise self._wrong(f"asks to be woken {_soon(asks)}, but {then}", "early")
        until = "nothing is due" if due is None else f"something is due in {what}"
        self.story.tell("server", f"sleeps, and {until}")
        return self

    def _wrong(self, text: str, kind: str) -> Unmet:
        """As Server.unmet() does it; a client knows no server."""
        self.story.breaks("server", text, "the server")
        return Unmet(f"The server {text}.", who="server", kind=kind)

    def _order(self, seconds: float) -> None:
        self._pour(b"%r\n" % seconds)
        said = self._answer()
        self.now = _number(said.get("now")) or 0.0
        self.asks = _number(said.get("asks"))
        known = {"now": self.now, "asks": self.asks}
        asked = {name: said.get(name) for name in ("looked", "others")}
        self.story.add({"t": time.monotonic_ns(), "e": "clock", **known, **asked})

    def _answer(self) -> dict[str, Any]:
        wanted = "waits until the server has come to rest"
        while b"\n" not in self._said[:MOST_LINE]:
            piece = self._some(MOST_LINE, wanted=wanted)
            if not piece:
                raise self._cut(wanted, "the server closed the connection", "eof")
            self._said += piece
        line, _, self._said = self._said.partition(b"\n")
        return _read(bytes(line))


@contextmanager
def expect_nothing_kept(server: Server, most: int) -> Iterator[None]:
    """What is cancelled inside takes no memory any more.

    Args:
        most: bytes by which the server may grow.
    """
    before = server.vitals().memory
    yield
    if server.vitals().memory - before > most:
        text = f"keeps more than {most >> 20} MB of what was cancelled"
        raise server.unmet(text, "memory")
    server.story.tell("server", "keeps next to nothing of that")


@contextmanager
def expect_shown_out(server: Server, who: str) -> Iterator[None]:
    """Inside, a connection is closed whose client does not read, and cannot see it.

    The server must have let it in before.

    Args:
        who: the client, for the story.
    """
    with expect_fewer_descriptors(server, 1, f"keeps {who}'s connection"):
        yield
    server.story.tell("server", f"has closed {who}'s connection")


def until_no_more_is_taken(server: Server, client: Client) -> None:
    """Wait until the kernel takes no more for a client who reads nothing.

    Each acknowledgement that comes late makes room for some. So it is asked until it
    says the same many times in a row. Where some is taken later all the same, that is
    progress, and nobody is blamed for it.
    """
    known, same = -1, 0

    def fact() -> bool:
        nonlocal known, same
        both = taken_and_given(client.server_port, client.port) or (0, 0)
        same = same + 1 if both[1] == known else 0
        known = both[1]
        return same >= MANY_LOOKS

    server.until(fact)


MANY_LOOKS = 20


class Taker(Sipper):
    """Takes a long answer in parts, in no hurry."""

    def takes(self, part: bytes) -> Self:
        """Take the next part of an answer, of which there may be more.

        Raises:
            Unmet: something else comes, or nothing does.
        """
        self._read_of(part, len(part))
        self.tell(f"takes {len(part):,} bytes of the answer")
        return self


def _long(seconds: float | None) -> str:
    return "for ever" if seconds is None else f"{seconds:g} s"


def _soon(seconds: float) -> str:
    """A timeout by some other clock is never the same again."""
    told = round(seconds, 3)
    return f"in {told:g} s" if abs(told - seconds) < 1e-9 else "too early"


def _read(line: bytes) -> dict[str, Any]:
    """It comes from the learner's side: anything may stand in it."""
    said = control.anything(line)
    return said if isinstance(said, dict) else {}


def _number(value: object) -> float | None:
    if isinstance(value, int | float) and abs(value) < MOST_SECONDS:
        return float(value)
    return None
