"""Votes for a learner's server to count, whose user a test can stop in the middle.

The other end is buckets.driving.topics.threads.Ballot. Its connection, the desk, is
read and written past the recorder. While it holds the votes, the first thread that
reads them is stopped after that, before each further line of the learner's code, and
before it writes; every other thread goes on. So two threads meet in the middle because
they are made to, and not by chance.
"""

from __future__ import annotations

import json
import random
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

PAUSE = 0.0002
LATE = 0.01
MOST_LINES = 20
_CELL = ("<cell ", "<your code>")
_KEYS = re.compile(
    r"(^|_)(r?locks?|mutex|semaphore|acquire|condition)(_|$)|(Lock|Semaphore|Condition)$",
    re.IGNORECASE,
)


def serve_votes(
    task: Callable[[socket.socket, Votes], object], listener: socket.socket
) -> None:
    """Run a server that counts votes.

    Args:
        task: a function of a listener and votes.
        listener: the first to connect is the desk.
    """
    desk = listener.accept()[0].detach()
    heard = open(desk, "rb", buffering=0, closefd=False)
    order = b""
    while not order.endswith(b"\n"):
        order += heard.read(1) or b"\n"
    votes = Votes(desk, order == b"hold\n")
    if order == b"jolt\n":
        votes.jolt()
    task(listener, votes)


def start_slowly(
    task: Callable[[socket.socket], object], listener: socket.socket
) -> None:
    """Run a server each of whose threads comes to its first line a little late.

    By then whoever has started it has gone on, on one core as on many.
    """
    never = threading.Lock()
    never.acquire()

    def at_first_line(frame: FrameType, event: str, arg: object) -> None:
        if frame.f_code.co_filename.startswith(_CELL):
            sys.settrace(None)
            never.acquire(timeout=LATE)

    threading.settrace(at_first_line)
    task(listener)


class Votes:
    """Counts by name, in memory. It knows nothing of threads.

    Args:
        desk: descriptor of the test's connection.
        held: whether the first thread that reads is stopped.
    """

    def __init__(self, desk: int, held: bool):
        self._said = open(desk, "wb", buffering=0, closefd=False)
        self._heard = open(desk, "rb", buffering=0, closefd=False)
        self._held = held
        self._first = 0
        self._taken: set[int] = set()
        self._lines = 0
        self._counts: dict[bytes, int] = {}
        self._jolted = False
        self._chance = random.Random(1)
        # Never released: to wait for it is to pause, and to let others have a turn.
        self._pause = threading.Lock()
        self._pause.acquire()

    def jolt(self) -> None:
        """Let every thread pause before each of its lines, for now less, now more.

        One pause in ten is so long that others get through several lines meanwhile. So
        whatever can happen between two lines happens, on one core as on many. And
        whoever uses the votes says so, by a number of its own.
        """
        self._jolted = True
        threading.settrace(self._jolt_at_line)

    def _jolt_at_line(self, frame: FrameType, event: str, arg: object) -> Any:
        if not frame.f_code.co_filename.startswith(_CELL):
            return None
        if event == "line":
            share = self._chance.random()
            self._pause.acquire(timeout=PAUSE * share * (8 if share > 0.9 else 1))
        return self._jolt_at_line

    def _log(self, does: str) -> None:
        if self._jolted:
            self._say(does=does, by=threading.get_ident())

    def read(self, name: bytes) -> int:
        """How many votes a name has.

        Raises:
            ValueError: the name is empty.
        """
        if not name:
            raise ValueError("a name has one byte at least")
        count = self._counts.get(bytes(name), 0)
        self._log("read")
        self._pause.acquire(timeout=PAUSE)
        if self._held and self._step("read", count):
            self._stop_at_lines(sys._getframe(1))
        return count

    def write(self, name: bytes, count: int) -> None:
        """Set how many votes a name has."""
        if self._held and self._step("write", count):
            self._held = False
            sys.settrace(None)
        self._counts[bytes(name)] = count
        self._log("write")

    def _step(self, does: str, count: int) -> bool:
        """Tell what a thread does; stop it if it is the first. True for that one."""
        me = threading.get_ident()
        first = self._first in (0, me)
        if first:
            self._first = me
        keys = any(_deals_with_locks(frame) for frame in _learners(sys._getframe(2)))
        free = any(_has_a_free_lock(frame) for frame in _learners(sys._getframe(2)))
        taken = _taken(sys._getframe(2))
        same = not first and bool(taken & self._taken)
        if first:
            self._taken = taken
        told = {"key": keys, "free": free, "same": same}
        self._say(first=first, does=does, count=int(count), **told)
        return first and self._wait()

    def _wait(self) -> bool:
        if not self._heard.read(1):
            self._held = False
        return self._held

    def _say(self, **fields: Any) -> None:
        self._said.write(json.dumps(fields).encode() + b"\n")

    def _stop_at_lines(self, frame: FrameType) -> None:
        """As a debugger does it: trace the calls that the thread is in."""
        for each in _learners(frame):
            each.f_trace = self._at_line
        sys.settrace(self._at_line)

    def _at_line(self, frame: FrameType, event: str, arg: object) -> Any:
        if not frame.f_code.co_filename.startswith(_CELL):
            return None
        if event == "line" and self._held and self._lines < MOST_LINES:
            self._lines += 1
            self._say(first=True, does="line", line=frame.f_lineno)
            self._wait()
        return self._at_line


def _learners(frame: FrameType | None) -> Iterator[FrameType]:
    """The frames of the learner's code, the innermost first."""
    while frame:
        if frame.f_code.co_filename.startswith(_CELL):
            yield frame
        frame = frame.f_back


def _deals_with_locks(frame: FrameType) -> bool:
    """Whether a name in this code, or what it stands for, speaks of a lock."""
    named = any(map(_KEYS.search, _names(frame)))
    return named or bool(_locks(frame)) or _has_many_locks(frame)


def _has_many_locks(frame: FrameType) -> bool:
    """Whether a dict or a list that a name stands for holds locks, as for names."""
    held = [each for each in _meant(frame) if isinstance(each, (dict, list, tuple))]
    # A list is made at once, whatever another thread puts in.
    rows = [[*each.values()] if isinstance(each, dict) else [*each] for each in held]
    return any(_is_lock(value) for row in rows for value in row[:1])


def _has_a_free_lock(frame: FrameType) -> bool:
    """Whether nobody has any lock that this code knows of, at this moment."""
    locks = [lock for lock in _locks(frame) if hasattr(lock, "locked")]
    return bool(locks) and not any(lock.locked() for lock in locks)


def _taken(frame: FrameType) -> set[int]:
    """Which locks that this thread's code knows of are taken, by whomever."""
    known = [lock for each in _learners(frame) for lock in _locks(each)]
    return {id(lock) for lock in known if hasattr(lock, "locked") and lock.locked()}


def _names(frame: FrameType) -> set[str]:
    code = frame.f_code
    return {*code.co_names, *code.co_varnames, *code.co_freevars}


def _locks(frame: FrameType) -> list[Any]:
    """The locks that stand for a name in this code."""
    return [each for each in _meant(frame) if _is_lock(each)]


def _meant(frame: FrameType) -> list[Any]:
    """What the names in this code stand for."""
    return [frame.f_locals.get(n, frame.f_globals.get(n)) for n in _names(frame)]


def _is_lock(each: object) -> bool:
    return hasattr(each, "acquire") and hasattr(each, "release")


class PlainVotes:
    """Counts by name, in memory, for a server that a learner's client meets."""

    def __init__(self) -> None:
        self._counts: dict[bytes, int] = {}

    def read(self, name: bytes) -> int:
        """How many votes a name has.

        Raises:
            ValueError: the name is empty.
        """
        if not name:
            raise ValueError("a name has one byte at least")
        return self._counts.get(bytes(name), 0)

    def write(self, name: bytes, count: int) -> None:
        """Set how many votes a name has."""
        self._counts[bytes(name)] = count


def count_quietly(
    task: Callable[[socket.socket, PlainVotes], object], listener: socket.socket
) -> None:
    """Run a server that counts votes, and hold none of its threads."""
    task(listener, PlainVotes())
