"""A test's clients once more, with one thing changed: the same words to a new server.

What the clients of a test did is kept as a script: who connected, what each one sent,
who hung up. It can be played again to a fresh server, and what a client hears then is
compared with what it was promised. Nothing is asked of the test itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress

from buckets.driving.clients import Client
from buckets.driving.script import Act, Script
from buckets.driving.server import Server
from buckets.driving.unmet import Unmet

A_MOMENT = 0.03
QUIET = 0.25


def alone(script: Script, who: str) -> list[Act] | None:
    """The same scene with one client; None where there was no other."""
    if len(script.cast) < 2:
        return None
    return [act for act in script.acts if act.who == who]


def in_one_piece(script: Script, who: str) -> list[Act] | None:
    """All that one client sent in a row becomes one segment; None where it is one."""
    acts: list[Act] = []
    joined = False
    for act in script.acts:
        last = acts[-1] if acts else Act("", "")
        if act.does == last.does == "pour" and act.who == last.who == who:
            acts[-1] = Act(who, "pour", last.data + act.data)
            joined = True
        else:
            acts.append(act)
    return acts if joined else None


def line_by_line(script: Script, who: str) -> list[Act] | None:
    """Each line in a segment of its own; None where no segment has several."""
    acts: list[Act] = []
    for act in script.acts:
        lines = act.data.splitlines(keepends=True)
        if act.who == who and act.does == "pour" and len(lines) > 1:
            acts += [Act(who, "pour", line) for line in lines]
        else:
            acts.append(act)
    return acts if len(acts) > len(script.acts) else None


def silent_last(script: Script, who: str) -> list[Act] | None:
    """Who says nothing comes last; None where nobody is silent."""
    said = {act.who for act in script.acts if act.does == "pour"}
    silent = [name for name in script.cast if name not in said and name != who]
    if not silent or who not in said:
        return None
    mine = [act for act in script.acts if act.who not in silent]
    return mine + [act for act in script.acts if act.who in silent]


def play(
    server: Server, acts: Iterable[Act], who: str, due: bytes, deadline: float
) -> bool | None:
    """Play a scene, and see whether one client hears what it was promised.

    Args:
        server: fresh.
        due: all the bytes that `who` must hear.
        deadline: time.monotonic() at which it is broken off.

    Returns:
        Whether all of it came; None if the time was over before that was known.
    """
    clients: dict[str, Client] = {}
    heard = bytearray()
    for act in acts:
        if time.monotonic() > deadline:
            return None
        with suppress(Unmet, OSError):
            _act(server, clients, act)
        if act.who == who and act.does in ("pour", "hear"):
            _listen(clients.get(who), heard, A_MOMENT)
    until = min(deadline, time.monotonic() + QUIET)
    while due.startswith(heard) and heard != due and time.monotonic() < until:
        _listen(clients.get(who), heard, A_MOMENT)
    return None if time.monotonic() > deadline else bytes(heard) == due


def _act(server: Server, clients: dict[str, Client], act: Act) -> None:
    if act.does == "connect":
        clients[act.who] = server.connect(act.who)
    elif act.does == "pour":
        clients[act.who].send(act.data)
    elif act.does != "hear":
        getattr(clients[act.who], act.does)()


def _listen(client: Client | None, heard: bytearray, seconds: float) -> None:
    until = time.monotonic() + seconds
    while client and not client.closed and time.monotonic() < until:
        try:
            piece = client.sock.recv(1 << 16)
        except BlockingIOError:
            time.sleep(0.002)
            continue
        except OSError:
            return
        if not piece:
            return
        heard += piece
