"""Servers under pressure: what is poured is made by a function that keeps a log.

The other end is buckets.driving.topics.back_pressure. The first client of each server
is the usher, as in exercise 12.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from buckets.child.desk import Desk

LINE = 64
"""Bytes."""


def made(name: str, start: int, size: int) -> bytes:
    """What must be poured for a name: lines with their number, so that all differ."""
    first, last = start // LINE, (start + size) // LINE + 1
    title = name.encode("latin-1")[:20].ljust(20)
    lines = b"".join(b"%b%043d\n" % (title, number) for number in range(first, last))
    return lines[start % LINE :][:size]


def _logged(desk: Desk) -> Callable[[bytes, int, int], bytes]:
    def make(name: bytes, start: int, size: int) -> bytes:
        told = bytes(name).decode("latin-1")
        desk.tell(told, int(start), int(size))
        return made(told, start, size)

    return make


def serve_made(task: Any, listener: socket.socket) -> None:
    """Run a server (listener, make); the usher hears of each call of make."""
    desk = Desk(listener)
    desk.hear()
    task(listener, _logged(desk))


def serve_in_turns(task: Any, listener: socket.socket) -> None:
    """Run a server (listener, make, quantum); the same."""
    desk = Desk(listener)
    order = desk.hear()
    task(listener, _logged(desk), order["quantum"])


def serve_marked(task: Any, listener: socket.socket) -> None:
    """Run a server (listener, upstream, high, low)."""
    order = Desk(listener).hear()
    task(listener, tuple(order["upstream"]), order["high"], order["low"])


def serve_all(task: Any, listener: socket.socket) -> None:
    """Run a server (listener, most)."""
    task(listener, Desk(listener).hear()["most"])
