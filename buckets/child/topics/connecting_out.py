"""An usher tells a server whom to call; a caller asks for connections.

The other end is buckets.driving.topics.connecting_out. The first client of each server
is the usher, or the caller. Its connection is read and written past the recorder, for
it is no client of the server's.
"""

from __future__ import annotations

import errno
import hashlib
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from buckets.child.desk import Desk
from buckets.child.topics import housekeeping

LONG = 80


# A function that makes connections -----------------------------------------------


def call_for_orders(task: Any, listener: socket.socket) -> None:
    """Call a task (addresses, seconds) as the first client orders; keep its sockets."""
    _call(task, Desk(listener))


def call_by_the_clock(task: Any, listener: socket.socket) -> None:
    """The same, and what the task takes for the time stands still until it is moved.

    The first client is the caller, and the second moves the clock.
    """
    desk = Desk(listener)
    _go_by_a_clock(task, listener)
    _call(task, desk)


def _go_by_a_clock(task: Any, listener: socket.socket) -> None:
    """From now on time stands still until the next client to connect moves it."""
    names = "monotonic", "time", "perf_counter"
    real = [getattr(time, name) for name in names]
    clock = housekeeping.set_up(listener)
    for name in names:
        setattr(time, name, clock)
    own = getattr(task, "__globals__", {})
    # A cell may have a name of its own for one of them.
    for name, known in [*own.items()]:
        if any(known is each for each in real):
            own[name] = clock


def _call(task: Any, desk: Desk) -> None:
    while order := desk.hear():
        for port in order.get("mirrors", []):
            _call_from(port)
        addresses = [tuple(address) for address in order["addresses"]]
        found = task(addresses, order["seconds"])
        found = list(found) if isinstance(found, list | tuple) else found
        desk.tell(_described(found))
        _speak(desk, found)


def _described(found: Any) -> Any:
    """What was returned, in words: nothing that the caller has to believe."""
    if not isinstance(found, list):
        return f"{type(found).__name__}: {found!r}"[:LONG]
    first = [next(n for n, other in enumerate(found) if other is one) for one in found]
    return [
        _in_a_word(one) if at == number else f"the one of {at} again"
        for number, (one, at) in enumerate(zip(found, first, strict=True))
    ]


def _in_a_word(one: Any) -> str:
    if isinstance(one, socket.socket):
        return "a closed socket" if one.fileno() < 0 else "a socket"
    if type(one) is OSError and isinstance(one.errno, int):
        return f"OSError {errno.errorcode.get(one.errno, one.errno)}"
    if isinstance(one, BaseException):
        return type(one).__name__
    return f"{type(one).__name__}: {one!r}"[:LONG]


def _speak(desk: Desk, found: Any) -> None:
    """Send words over what was returned, as ordered, until the next call is due."""
    while order := desk.hear():
        if "say" not in order:
            break
        with suppress(OSError, AttributeError, IndexError, TypeError):
            found[order["say"]].sendall(order["word"].encode())
    for one in found if isinstance(found, list) else []:
        if isinstance(one, socket.socket):
            one.close()


def _call_from(port: int) -> None:
    """Let the next sockets that call this port call from that very port.

    The kernel may choose so by itself, where nobody listens: of some 28,000 ports it
    takes the one that is called.
    """
    for name in ("connect", "connect_ex"):
        setattr(socket.socket, name, _mirrored(getattr(socket.socket, name), port))


def _mirrored(original: Callable[..., Any], port: int) -> Callable[..., Any]:
    def connect(self: Any, address: Any) -> Any:
        if address[1] == port:
            with suppress(OSError):
                self.bind(("127.0.0.1", port))
        return original(self, address)

    return connect


# Servers that connect out ----------------------------------------------------------


def serve_to(task: Any, listener: socket.socket) -> None:
    """Run a server (listener, upstream, seconds)."""
    order = Desk(listener).hear()
    task(listener, tuple(order["upstream"]), order["seconds"])


def serve_logged(task: Any, listener: socket.socket) -> None:
    """Run a server (listener, upstream, seconds, log); the usher hears the log."""
    desk = Desk(listener)
    order = desk.hear()

    def log(number: int, who: str, line: bytes) -> None:
        desk.tell(number, who, _shown(line))

    task(listener, tuple(order["upstream"]), order["seconds"], log)


def serve_to_by_the_clock(task: Any, listener: socket.socket) -> None:
    """Run a server (listener, upstream, seconds) by a clock that stands still.

    The first client is the usher, and the second moves the clock.
    """
    order = Desk(listener).hear()
    _go_by_a_clock(task, listener)
    task(listener, tuple(order["upstream"]), order["seconds"])


def _shown(line: Any) -> str | None:
    """Bytes as text, a character for each; of many, how many and a digest.

    A desk that is told of megabytes would keep the server waiting.
    """
    if not isinstance(line, bytes | bytearray):
        return None
    if len(line) <= LONG:
        return line.decode("latin-1")
    return f"{len(line)} {hashlib.sha256(line).hexdigest()}"


def serve_by_names(task: Any, listener: socket.socket) -> None:
    """Run a server (listener, names, seconds), where names is a resolver's address."""
    order = Desk(listener).hear()
    task(listener, tuple(order["names"]), order["seconds"])
