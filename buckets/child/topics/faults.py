"""Servers that go by a clock that stands still, in some need: see exercise 15.

The other end is buckets.driving.topics.faults. The first client of each server moves
the clock; where a successor is to come, one more client is its voice.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from typing import Any

from buckets.child.desk import Desk
from buckets.child.recorder import mishaps
from buckets.child.topics import housekeeping

HIGHEST = 1024
"""The first descriptor that select() cannot watch."""

FREE = 8
"""How many below that are left for a server: a loop may need some of its own."""


def serve(task: Any, listener: socket.socket) -> None:
    """Run a server (listener, clock)."""
    with mishaps.spared():
        clock = housekeeping.set_up(listener)
    task(listener, clock)


def serve_high(task: Any, listener: socket.socket) -> None:
    """The same where nearly all descriptors that select() can watch are in use."""
    clock = housekeeping.set_up(listener)
    taken = [os.open(os.devnull, os.O_RDONLY)]
    while taken[-1] < HIGHEST - FREE - 1:
        taken.append(os.open(os.devnull, os.O_RDONLY))
    task(listener, clock)


def serve_with_heir(task: Any, listener: socket.socket) -> None:
    """Run a server (listener, clock, heir), and its successor in another process.

    The first client is the voice of the successor, and the second moves the clock. This
    process stays when the server has returned: it is the one that is looked at.
    """
    # The successor as well: calls of the old server alone are to fail.
    with mishaps.spared():
        desk = Desk(listener)
        ours, theirs = socket.socketpair()
        # Before there is a clock that stands still: a successor goes by the real one.
        if not os.fork():
            ours.close()
            _succeed(task, desk, theirs)
            os._exit(0)
        theirs.close()
        clock = housekeeping.set_up(listener)
    task(listener, clock, ours)
    with mishaps.spared():
        desk.tell("returned")
    with suppress(ChildProcessError):
        os.waitpid(-1, 0)


def serve_monitored(task: Any, listener: socket.socket) -> None:
    """Run a server (listener, monitor, clock, work).

    The first client is told where the monitor is, and the second moves the clock. Work
    takes time by that clock and by no other.
    """
    with mishaps.spared():
        desk = Desk(listener)
        monitor = socket.create_server(("127.0.0.1", 0))
        desk.tell(monitor.getsockname()[1])
        clock = housekeeping.set_up(listener)

    def work(line: bytes) -> bytes:
        word, _, seconds = line.partition(b" ")
        if word == b"gold":
            clock.now += float(seconds)
        if line.isdigit():
            return b"".join(b"%07d\n" % number for number in range(int(line)))
        return line.upper() + b"\n"

    task(listener, monitor, clock, work)


def _succeed(task: Any, desk: Desk, voice: socket.socket) -> None:
    """Ask for the listener when that is ordered, and then serve as the first did."""
    if not desk.hear().get("ask"):
        voice.close()
        desk.tell("silent")
        desk.hear()
        return
    voice.send(b"?")
    _, numbers, _, _ = socket.recv_fds(voice, 16, 1)
    desk.tell("door" if numbers else "nothing")
    if numbers:
        heir, _voice = socket.socketpair()
        try:
            task(socket.socket(fileno=numbers[0]), time.monotonic, heir)
        except Exception as error:
            # It stays, as one that has failed: when it would be gone is chance.
            desk.tell("failed", type(error).__name__)
    desk.hear()
