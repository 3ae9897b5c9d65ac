"""Time that passes at once: waits are over as if their time limit had run out.

A server may do anything after a minute of silence, and no test waits for a minute. So
the clock leaps: a wait with a time limit that would find nothing is over at once, and
its limit is added to what the clocks of this process say. How much time may pass so,
and from when on, is said by buckets.conditions.Leap. Without a limit a wait is a wait.

It is put below the recorder, which notes what the learner's code was told, and marks it
as made by the test. Locks, queues and signals go by the real clock.
"""

from __future__ import annotations

import math
import select
import socket
import time
from collections.abc import Callable
from typing import Any

from buckets.child.recorder import mishaps

CLOCKS = "monotonic", "time", "perf_counter"


class Leaps:
    """How much time may pass at once, and how much has.

    Args:
        seconds: after so many no wait is cut short any more.
        after: how many connections are to be accepted before.
        exact: whether a wait may be cut short in part.
        anew: whether as much time may pass again when something has come.
    """

    def __init__(self, seconds: float, after: int, exact: bool, anew: bool):
        self.left, self.after, self.passed = float(seconds), after, 0.0
        self.seconds, self.exact, self.anew = float(seconds), exact, anew

    def may(self, limit: Any) -> bool:
        """Whether a wait with this limit, in seconds, is one of those."""
        plain = type(limit) in (int, float) and 0 < limit < math.inf
        return bool(plain) and self.after <= 0 < self.left

    def leap(self, limit: float) -> float:
        """It has found nothing; the seconds for which it is still to wait."""
        leapt = min(limit, self.left) if self.exact else limit
        self.left -= leapt
        self.passed += leapt
        mishaps.mark()
        return limit - leapt

    def has_come(self, name: str) -> None:
        """A call was not cut short: somebody was let in, or something received."""
        if name == "accept":
            self.after -= 1
        elif self.anew and self.after <= 0:
            self.left = self.seconds


class _Clock:
    """A function of the module time. No Python function: kept in a class, that would
    become a method."""

    def __init__(self, leaps: Leaps, original: Callable[[], float], unit: float):
        self.leaps, self.original, self.unit = leaps, original, unit

    def __call__(self) -> float:
        now = self.original()
        return now + type(now)(self.leaps.passed * self.unit)


class _Polling:
    """What select.poll() or select.epoll() returns, with leaps."""

    def __init__(self, leaps: Leaps, inner: Any, unit: float):
        self.leaps, self.inner, self.unit = leaps, inner, unit

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def poll(self, *args: Any, **more: Any) -> Any:
        limit: Any = args[0] if args else more.get("timeout")
        if type(limit) not in (int, float) or not self.leaps.may(limit / self.unit):
            return self.inner.poll(*args, **more)
        # This look is the wait itself: an edge is told once.
        found = self._wait(0, *args[1:], **more)
        if not found and (rest := self.leaps.leap(limit / self.unit)):
            found = self._wait(rest * self.unit, *args[1:], **more)
        return found

    def _wait(self, limit: float, *args: Any, **more: Any) -> Any:
        if "timeout" in more:
            return self.inner.poll(**{**more, "timeout": limit})
        return self.inner.poll(limit, *args, **more)


def install(seconds: float, after: int, exact: bool, anew: bool) -> None:
    """Let time pass so in this process, and in all that it forks."""
    leaps = Leaps(seconds, after, exact, anew)
    for name in CLOCKS:
        for ending, unit in (("", 1.0), ("_ns", 1e9)):
            original = getattr(time, name + ending)
            setattr(time, name + ending, _Clock(leaps, original, unit))
    _install_waits(leaps)
    for name in ("accept", "recv", "recvfrom", "recvmsg", "recv_into"):
        original = getattr(socket.socket, name)
        setattr(socket.socket, name, _impatient(leaps, name, original))


def _install_waits(leaps: Leaps) -> None:
    asks: Any = select.select
    sleeps: Any = time.sleep

    def selects(*args: Any) -> Any:
        if len(args) < 4 or not leaps.may(args[3]):
            return asks(*args)
        found = asks(*args[:3], 0)
        if not any(found) and (rest := leaps.leap(args[3])):
            found = asks(*args[:3], rest)
        return found

    def sleep(*args: Any) -> None:
        if args and leaps.may(args[0]):
            if rest := leaps.leap(args[0]):
                sleeps(rest)
        else:
            sleeps(*args)

    select.select, time.sleep = selects, sleep
    for name, unit in (("poll", 1000.0), ("epoll", 1.0)):
        if hasattr(select, name):
            make = _making(leaps, getattr(select, name), unit)
            setattr(select, name, make)


def _making(leaps: Leaps, original: Any, unit: float) -> Any:
    def make(*args: Any, **more: Any) -> _Polling:
        return _Polling(leaps, original(*args, **more), unit)

    if hasattr(original, "fromfd"):
        vars(make)["fromfd"] = lambda fd: _Polling(leaps, original.fromfd(fd), unit)
    return make


def _impatient(leaps: Leaps, name: str, original: Any) -> Any:
    """A method of sockets that waits for something to read."""
    # Bound now: later these are the recorder's.
    polls = select.poll
    fileno, gettimeout = socket.socket.fileno, socket.socket.gettimeout

    def method(self: Any, *args: Any, **more: Any) -> Any:
        limit = gettimeout(self)
        if leaps.may(limit):
            looker = polls()
            looker.register(fileno(self), select.POLLIN)
            if not looker.poll(0):
                rest = leaps.leap(limit or 0)
                if not rest or not looker.poll(rest * 1000):
                    raise TimeoutError("timed out")
        found = original(self, *args, **more)
        leaps.has_come(name)
        return found

    method.__name__ = name
    method.__qualname__ = f"socket.{name}"
    method.__doc__ = original.__doc__
    return method
