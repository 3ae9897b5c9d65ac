"""Work that lasts for as long as a test wants it to.

The other end is buckets.driving.topics.gold. A call of the work says that it has begun,
and waits until the test says how it ends. So nothing here is slow: what a server does
while gold is made is an order of events. The desk is read and written past the
recorder, by whichever call waits for it.
"""

from __future__ import annotations

import os
import select
import socket
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from buckets.child.desk import Desk

Order = dict[str, Any]


class Gate:
    """Calls that wait, in any thread, until the test lets each of them go.

    Args:
        desk: the test's connection.
    """

    def __init__(self, desk: Desk):
        self._desk = desk
        self._numbers = count(1)
        self._orders: dict[int, Order] = {}
        self._turn = threading.Condition()
        self._is_read, self._is_shut = False, False

    def pass_by(self, words: bytes) -> Order:
        """Say that a call has begun, and wait for the order that ends it."""
        with self._turn:
            number = next(self._numbers)
            alone = threading.current_thread() is threading.main_thread()
            self._desk.tell(number, words.decode("latin-1"), alone)
            while number not in self._orders and not self._is_shut:
                if self._is_read:
                    self._turn.wait()
                else:
                    self._hear()
            return self._orders.pop(number, {})

    def _hear(self) -> None:
        """Read one order for all who wait. The lock is free meanwhile."""
        self._is_read = True
        self._turn.release()
        try:
            order = self._desk.hear()
        finally:
            self._turn.acquire()
            self._is_read = False
        self._orders[order.get("call", 0)] = order
        self._is_shut = not order
        self._turn.notify_all()


class NoGold(Exception):
    """What the work may raise, and nobody else does."""


RAISES = {kind.__name__: kind for kind in (NoGold, ValueError, KeyError, OSError)}


def _end_of(order: Order) -> bytes:
    if "raises" in order:
        raise RAISES[order["raises"]]("it is water still")
    return str(order.get("returns", "")).encode("latin-1") * order.get("times", 1)


# The string -----------------------------------------------------------------------


def pull_strings(task: Any, listener: socket.socket) -> None:
    """Make Wakeups, pull and clear them, and look at their flags, as ordered."""
    desk, made = Desk(listener), []
    numbers: dict[int, int] = {}
    while order := desk.hear():
        if order["does"] == "make":
            made.append(task())
            continue
        one = made[order["which"]]
        match order["does"]:
            case "wake":
                _pull(one, order["times"], order["threads"])
            case "clear":
                for _ in range(order.get("times", 1)):
                    one.clear()
            case "clear halfway":
                _clear_halfway(desk, one)
            case "wait":
                _wake_meanwhile(one)
        # Where clear() should have come back is told, too.
        is_up, number = bool(select.select([one], [], [], 0)[0]), one.fileno()
        desk.tell(is_up, numbers.setdefault(order["which"], number) == number)


def _clear_halfway(desk: Desk, one: Any) -> None:
    """Call clear() when a wake() in another thread has sent its byte, and is held."""
    began = threading.Event()
    held: list[bool] = []

    def wake() -> None:
        try:
            one.wake()
        finally:
            began.set()

    def hold() -> None:
        if threading.current_thread() is not main and not held:
            held.append(True)
            began.set()
            desk.tell("halfway")
            desk.hear()

    main = threading.main_thread()
    with _after_each_byte(hold):
        _in_threads([wake], lambda: began.wait() and one.clear())
    if not held:
        desk.tell("halfway")
        desk.hear()


@contextmanager
def _after_each_byte(act: Callable[[], Any]) -> Iterator[None]:
    """Inside, call this whenever something was sent or written."""
    places: list[tuple[Any, str]] = [
        (socket.socket, "send"),
        (socket.socket, "sendall"),
    ]
    places += [(os, name) for name in ("write", "eventfd_write") if hasattr(os, name)]
    before = [getattr(where, name) for where, name in places]

    def then(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            done = original(*args, **more)
            act()
            return done

        return call

    for (where, name), original in zip(places, before, strict=True):
        setattr(where, name, then(original))
    yield
    for (where, name), original in zip(places, before, strict=True):
        setattr(where, name, original)


def _pull(one: Any, times: int, threads: int) -> None:
    """So many times in each of so many threads; with none, in this one."""
    if threads:
        _in_threads([lambda: _pull(one, times, 0)] * threads)
        return
    for _ in range(times):
        one.wake()


def _wake_meanwhile(one: Any) -> None:
    """Wait in select() without a limit, and have it waked from another thread."""

    def wait() -> None:
        select.select([one], [], [])

    _in_threads([one.wake], wait)


def _in_threads(
    acts: list[Callable[[], Any]], meanwhile: Callable[[], Any] = lambda: None
) -> None:
    """Do all of these beside each other; what one of them raises, raise here."""
    raised: list[BaseException] = []

    def begin(act: Callable[[], Any]) -> None:
        try:
            act()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=begin, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    meanwhile()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]


class Held:
    """The loop, at the moment at which it takes the flag of its string down.

    Once it is due, the next call of the first thread that reads from a pipe, or from a
    socket that no client is behind, waits for the test. What a thread leaves behind
    the string meanwhile must not be lost.

    Args:
        gate: where it waits.
    """

    def __init__(self, gate: Gate):
        self.gate, self.is_due = gate, False
        for name in ("recv", "recv_into"):
            setattr(socket.socket, name, self._at(getattr(socket.socket, name)))
        for name in ("read", "eventfd_read"):
            if hasattr(os, name):
                setattr(os, name, self._at(getattr(os, name)))

    def _at(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(one: Any, *args: Any, **more: Any) -> Any:
            if self.is_due and self._is_string(one):
                self.is_due = False
                self.gate.pass_by(STRING)
            return original(one, *args, **more)

        return call

    def _is_string(self, one: Any) -> bool:
        if threading.current_thread() is not threading.main_thread():
            return False
        return getattr(one, "family", None) not in (socket.AF_INET, socket.AF_INET6)


STRING = b"(the string)"
"""What stands for it among the words of the work."""


# Servers --------------------------------------------------------------------------


def serve_pieces(task: Any, listener: socket.socket) -> None:
    """Run a server (listener, begin): each piece of the gold waits for the test."""
    gate = Gate(Desk(listener))

    def begin(words: bytes) -> Generator[None, None, bytes]:
        while "goes_on" in (order := gate.pass_by(words)):
            yield
        return _end_of(order)

    task(listener, begin)


def serve_work(task: Any, listener: socket.socket) -> None:
    """Run a server (listener, work, workers, most): each call waits for the test."""
    desk = Desk(listener)
    order, gate = desk.hear(), Gate(desk)
    held = Held(gate)

    def work(words: bytes) -> bytes:
        order = gate.pass_by(words)
        held.is_due = held.is_due or bool(order.get("holds"))
        return _end_of(order)

    task(listener, work, order["workers"], order["most"])
