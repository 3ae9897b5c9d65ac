"""The cast on the board: who of them stalls or kills which server.

One after the other comes, with its one bad habit, and while it is there a polite
client asks. It must be answered. That it is not is certain when the server sleeps, or
runs for long, with the request unread; no clock is raced.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace

from buckets.driving.clients import (
    Client,
    Dribbler,
    Ghost,
    HalfCloser,
    Sipper,
    Squatter,
)
from buckets.driving.levels import read_level
from buckets.driving.server import Server
from buckets.driving.unmet import Unmet
from buckets.standings.entrants import NOT_WRITTEN, Entrant
from buckets.standings.figures import CAST, CUT, DIED, FINE, STALLED, WRONG
from buckets.standings.languages import LANGUAGES, MOST, Language
from buckets.standings.measure import fate, start

MANY = 50
FLOOD = 1 << 17
"""Bytes of requests, at most, from the one that never reads an answer."""
LOOK, LOOKS, MOST_WORK = 0.01, 5, 5.0
"""Seconds between two looks whether it still reads, how many, and the most of all."""
BUFFERS = 1 << 14
"""Bytes of the kernel's buffers: small, so that a little water fills them."""


class DoesNotServe(Exception):
    """A server that does not serve a polite client either; the text says how."""


class Party:
    """A server and the rude guest that is there now.

    Args:
        server: as it runs.
        language: what is spoken there.
    """

    def __init__(self, server: Server, language: Language):
        self.server = server
        self.language = language
        self.said = b""
        # A blocked server is found asleep; a slow machine is no reason to give up.
        self.server.patience = replace(
            server.patience, asleep=0.2, busy=1.0, deadline=10.0
        )

    def asks(self, client: Client, number: int = 0) -> str:
        """One request, and what came of it: FINE, STALLED, DIED or WRONG."""
        request = self.language.ask(number)
        try:
            client.send(request)
        except Unmet as unmet:
            return self._why(unmet)
        return self.hears(client, request)

    def hears(self, client: Client, request: bytes) -> str:
        """Wait for the answer to a request."""
        self.said = b""
        try:
            while not self.said.endswith(b"\n") and len(self.said) < MOST:
                piece = client.receive()
                if not piece:
                    return DIED if self.over() else STALLED
                self.said += piece
        except Unmet as unmet:
            return self._why(unmet)
        return FINE if self.language.right(request, self.said) else WRONG

    def _why(self, unmet: Unmet) -> str:
        return DIED if unmet.kind == "gone" or self.over() else STALLED

    def over(self) -> bool:
        """Whether the server has ended."""
        return self.server.patience.is_over(0.05)

    def until_left(self, client: Client) -> None:
        """Wait until it has read all of what this client sent, or reads no more.

        Several looks in a row: what is on its way may be acknowledged late.
        """
        calm = 0
        before: int | None = -1
        until = time.monotonic() + MOST_WORK
        while calm < LOOKS and time.monotonic() < until and not self.server.ending():
            time.sleep(LOOK)
            unread = read_level(client.server_port, client.port)
            awake = self.server.process.activity()[2]
            calm = calm + 1 if unread == before and not awake else 0
            before = unread

    def polite(self) -> str:
        """How the next client fares, who does nothing wrong."""
        try:
            client = self.server.connect("polite")
        except Unmet as unmet:
            return self._why(unmet)
        with client:
            return self.asks(client, 7)


# The cast ---------------------------------------------------------------------------

Act = Callable[[Party], str]
"""Comes, and says how it fared itself where that matters; it is still there then."""


def silent(party: Party) -> str:
    """Connects first, and says nothing."""
    party.server.connect("silent", Squatter)
    return FINE


def dribbler(party: Party) -> str:
    """Sends its request byte by byte, and the last one never."""
    request = party.language.ask(1)
    party.server.connect("dribbler", Dribbler).send(request[:-1])
    return FINE


def ghost(party: Party) -> str:
    """Asks, and vanishes with a reset before anybody can have read it."""
    with party.server.frozen():
        client = party.server.connect("ghost", Ghost)
        client.send(party.language.ask(2)).close()
    return FINE


def half_closer(party: Party) -> str:
    """Asks, finishes sending, and listens on: it must have its answer."""
    with party.server.frozen():
        client = party.server.connect("half-closer", HalfCloser)
        client.send(party.language.ask(3))
    fared = party.hears(client, party.language.ask(3))
    return CUT if fared == STALLED else fared


def sipper(party: Party) -> str:
    """Asks and asks, and never reads an answer."""
    client = party.server.connect("sipper", Sipper)
    request = party.language.ask(4)
    flood = memoryview(request * (FLOOD // len(request)))
    calm = replace(party.server.patience, asleep=0.15, deadline=3.0)
    with suppress(OSError):
        while flood:
            try:
                flood = flood[client.sock.send(flood) :]
            except BlockingIOError:
                if calm.wait(client.sock, write=True):
                    break
    party.until_left(client)
    return FINE


def crowd(party: Party) -> str:
    """Fifty connect, and say nothing."""
    party.server.mob(MANY, "crowd", Squatter)
    return FINE


ACTS: dict[str, Act] = dict(
    zip(CAST, (silent, dribbler, ghost, half_closer, sipper, crowd), strict=True)
)
"""What each of the cast does."""


# All of them ------------------------------------------------------------------------


def trials(entrant: Entrant, cast: Iterable[str] = CAST) -> dict[str, str]:
    """Let the cast come to a server, one after the other.

    Each finds it well: who stalled or killed it is followed by a fresh start.

    Returns:
        For each of the cast FINE, STALLED, DIED, WRONG or CUT.

    Raises:
        DoesNotServe: it does not even serve a polite client who comes alone.
        OSError: a fault of ours.
    """
    found: dict[str, str] = {}
    left = list(cast)
    while left:
        with start(entrant, BUFFERS) as server:
            party = Party(server, LANGUAGES[entrant.language])
            _must_serve(party)
            while left:
                role = left.pop(0)
                found[role] = _trial(party, ACTS[role])
                if found[role] != FINE and party.polite() != FINE:
                    break
    return found


def _must_serve(party: Party) -> None:
    fared = party.polite()
    if fared == FINE:
        return
    ending, place = party.server.ending(), party.server.place()
    if ending and ending.kind == "NotImplementedError":
        raise DoesNotServe(NOT_WRITTEN)
    if ending:
        raise DoesNotServe(f"does not serve: {fate(ending)}")
    if fared == WRONG:
        raise DoesNotServe(f"does not serve: it answered {party.said!r}")
    where = f"; it was at line {place.line} of {place.cell}" if place else ""
    raise DoesNotServe(f"does not serve: no answer came{where}")


def _trial(party: Party, act: Act) -> str:
    try:
        fared = act(party)
    except Unmet:
        fared = FINE  # what became of the server the next one will find out
    try:
        next_one = party.polite()
    finally:
        for client in party.server.clients:
            client.__exit__(None, None, None)
        party.server.clients.clear()
    return next_one if next_one != FINE else fared
