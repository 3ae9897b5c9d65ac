"""A test's clients once more, with one thing changed: the same words to a new server.

What the clients of a test did is kept as a script: who connected, what each one sent,
who hung up. It can be played again to a fresh server, and what a client hears then is
compared with what it was promised. Nothing is asked of the test itself.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from buckets.driving.clients import Client
from buckets.driving.script import Act, Script
from buckets.driving.server import Server
from buckets.driving.unmet import Unmet


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


def end_later(script: Script, who: str) -> list[Act] | None:
    """One client finishes when all else is over; None where it does not finish."""
    ends = [act for act in script.acts if act.who == who and act.does in ENDS]
    if len(ends) != 1 or ends[0].does == "reset":
        return None
    return [act for act in script.acts if act is not ends[0]] + ends


def asked_first(script: Script, who: str) -> list[Act] | None:
    """The last that one client sent is the first that a new server hears."""
    acts = [act for act in script.acts if act.who == who and act.does == "pour"]
    before = any(act.who == who and act.does == "hear" for act in script.acts)
    if len(acts) < 2 or not before:
        return None
    return [Act(who, "connect"), acts[-1]]


def half_a_second_on(script: Script, who: str) -> list[Act] | None:
    """The clock that a test moves goes on for a bit; None where it moves none."""
    moves = [act for act in script.acts if act.who == CLOCK and act.does == "pour"]
    if not moves or who == CLOCK:
        return None
    return [*script.acts, Act(CLOCK, "pour", b"0.5\n")]


def as_it_is(script: Script, who: str) -> list[Act] | None:
    """The same scene: what is changed is the room in the kernel's buffers."""
    return list(script.acts) if who in script.cast else None


ENDS = ("half_close", "close", "reset")
CLOCK = "clock"


def play(
    server: Server,
    acts: Iterable[Act],
    who: str,
    due: bytes,
    deadline: float,
    *,
    ends: bool = False,
) -> bool | None:
    """Play a scene, and see whether one client hears what it was promised.

    That it does not is known when the server rests, or spins: a busy machine is given
    time, and no verdict where there is too little of it.

    Args:
        server: fresh.
        due: all the bytes that `who` must hear.
        deadline: time.monotonic() at which it is broken off.
        ends: whether the end of the connection is due behind them.

    Returns:
        Whether all of it came; None if the time was over before that was known.
    """
    clients: dict[str, Client] = {}
    heard: dict[str, bytearray] = {}
    known: dict[str, int] = {}
    for act in acts:
        if time.monotonic() > deadline:
            return None
        if act.does == "hear":
            known[act.who] = known.get(act.who, 0) + len(act.data)
            _listen(server, clients.get(act.who), heard, known[act.who], deadline)
            continue
        with suppress(Unmet, OSError):
            _act(server, clients, act)
    most = len(due) + 1 if ends else len(due)
    late = _listen(server, clients.get(who), heard, most, deadline) == "late"
    if late or time.monotonic() > deadline:
        return None
    client = clients.get(who)
    ended = client is None or client.sock.fileno() < 0 or _has_ended(client)
    return bytes(heard.get(who, b"")) == due and (ended or not ends)


def _act(server: Server, clients: dict[str, Client], act: Act) -> None:
    if act.does == "connect":
        clients[act.who] = server.connect(act.who)
    elif act.does == "pour":
        clients[act.who].send(act.data)
    else:
        getattr(clients[act.who], act.does)()


def _listen(
    server: Server,
    client: Client | None,
    heard: dict[str, bytearray],
    most: int,
    deadline: float,
) -> str | None:
    """Read until a client has heard so many bytes, or it is certain that it will not.

    Returns:
        Why no more is waited for: "late" if time was over; None if all came.
    """
    if client is None:
        return "gone"
    mine = heard.setdefault(client.name, bytearray())
    while len(mine) < most and not client.closed:
        left = max(0.05, deadline - time.monotonic())
        verdict = replace(server.patience, deadline=left).wait(client.sock)
        if verdict:
            return verdict
        try:
            piece = client.sock.recv(1 << 16)
        except OSError:
            return "gone"
        if not piece:
            return "end"
        mine += piece
    return None


def _has_ended(client: Client) -> bool:
    try:
        return client.sock.recv(1, socket.MSG_PEEK) == b""
    except OSError:
        return False
