"""The file of a recording: one line at once, repetitions counted, memory bounded.

Three states, from full detail to next to none:

*Detail.* Each event is one line, written with one os.write to a file that is opened
for appending; forked processes share it and their lines do not mix.

*Worn.* An event that is the same as one seen eight times since anything last moved is
held back. A server that spins says the same three things 50,000 times in a second;
they become one `sum` line for every 50 ms, and the first thing that differs is
written in detail again, after the turn that led to it.

*Full.* The budget is used up: all becomes sums, at intervals that grow with the file,
except where connections and processes begin and end.

What is held back would be lost with a killed process, and a server that hangs does so
in what it did last. So the beginning of the file has a few slots, each a line of
spaces: memory that is mapped, in which the last wait, the last wake-up, the last call
that may block and the open sum stand while nothing else is written. No call into the
kernel is needed for that.
"""

from __future__ import annotations

import array
import contextlib
import fcntl
import json
import mmap
import os
import resource
import threading
from time import monotonic_ns
from typing import Any

from buckets.child.recorder.places import from_elsewhere, here

BUDGET = 2 << 20
REPEATS = 8
INTERVAL = 50_000_000  # ns between two sums
_MOMENT = 1_000_000  # ns for which an open sum may be out of date

# Forty events would be a turn of a hundred connections; a turn that says nothing new
# has two or three.
_MOST_HELD = 8
_MOST_SEEN = 500
_MOST_OF_A_TURN = 200
_STEP = 4 << 10

_PAGES = 16
_SLOTS = {"wait": (0, 1280), "woke": (1280, 1280), "try": (2560, 256)}
_SUM_SLOT = (2816, 256)
_PAGE = 3072
_TIME = len(b'{"t":%19d,' % 0)

_COUNTED = {
    "wait": "waits",
    "recv": "recvs",
    "send": "sends",
    "accept": "accepts",
    "fail": "fails",
}

# Bound early: later these names are the recorder's own wrappers.
_write, _fstat, _getpid = os.write, os.fstat, os.getpid


class Slots:
    """Lines at the beginning of the file that are overwritten in place."""

    def __init__(self, fd: int):
        """Reserve them at the end of what stands in the file so far."""
        self.base = _fstat(fd).st_size
        blank = [b" " * (size - 1) + b"\n" for _, size in [*_SLOTS.values(), _SUM_SLOT]]
        _write(fd, b"".join(blank) * _PAGES)
        self.memory = mmap.mmap(fd, self.base + _PAGE * _PAGES)
        self.lines: dict[int, str] = {}
        self.alone = True

    def put(self, page: int, slot: tuple[int, int], now: int, rest: str) -> None:
        """Overwrite one. Mostly the new line is the old one at another time."""
        start, size = slot
        start += self.base + page % _PAGES * _PAGE
        # After a fork somebody else may have written into the same slot.
        if self.alone and self.lines.get(start) == rest:
            self.memory[start : start + _TIME] = b'{"t":%19d,' % now
            return
        line = f'{{"t":{now:19},{rest}}}'.ljust(size - 1).encode()
        # A line that is too long is left out.
        if len(line) == size - 1:
            self.memory[start : start + size - 1] = line
            self.lines[start] = rest

    def wipe(self, page: int, slot: tuple[int, int]) -> None:
        """Make a slot a blank line again."""
        start, size = slot
        start += self.base + page % _PAGES * _PAGE
        if self.lines.pop(start, None):
            self.memory[start : start + size] = b" " * (size - 1) + b"\n"


class _NoSlots:
    """For a file that cannot be mapped."""

    alone = True

    def put(self, page: int, slot: tuple[int, int], now: int, rest: str) -> None:
        return

    def wipe(self, page: int, slot: tuple[int, int]) -> None:
        return


# Kind, time, the line from behind its time, and whether it moved something.
Held = tuple[str, int, str, bool]


class Voice:
    """What the tape knows of one thread.

    `seen` counts each event since something last moved, `held` keeps the lines of a
    turn that looks like the one before. `whole` is above 0 in a turn that is written.
    """

    __slots__ = ("held", "ident", "level", "seen", "waited", "who", "whole")

    def __init__(self, ident: int, who: str):
        self.ident = ident
        self.who = who
        self.seen: dict[str, int] = {}
        self.whole, self.waited = 0, ""
        self.held: list[Held] = []
        # One for each thread: ioctl() lets another thread run before it is read.
        self.level = array.array("i", [0])


class _Voices(threading.local):
    """The voice of the thread that asks; made at its first word."""

    def __init__(self, tape: Tape):
        ident = threading.get_native_id()
        main = ident == tape.main
        who = f'"p":{tape.pid}' if main else f'"p":{tape.pid},"th":{ident}'
        self.mine = Voice(ident, who)
        if not main:
            tape.put(f'{{"t":{monotonic_ns()},"e":"thread",{who},"id":{ident}}}\n')


class Tape:
    """The recording of a process and of all that it forks.

    Args:
        fd: the file; taken over.
        start: the first line, without time and process.
        budget: bytes of full detail.

    There is no lock: none could be held across a call that blocks, or a fork. Two
    threads may lose a count of each other's in a sum; lines are never mixed.
    """

    def __init__(self, fd: int, start: dict[str, Any], budget: int = BUDGET):
        self.on = True
        self.fd = _out_of_the_way(fd)
        self.budget = budget
        self.sockets: set[int] = set()
        self._be(os.getpid())
        moment = {"t": monotonic_ns(), "p": self.pid, "main": self.main}
        _write(self.fd, (json.dumps(start | moment) + "\n").encode())
        try:
            self.slots: Slots | _NoSlots = Slots(self.fd)
        except (OSError, ValueError):
            self.slots = _NoSlots()
        self.base = _fstat(self.fd).st_size
        self._measure()

    def _be(self, pid: int) -> None:
        """Speak for this process from now on."""
        self.pid = pid
        self.main = threading.get_native_id()
        self.full = self.over = False
        self.room = -1
        self.pace = INTERVAL
        self.counts: dict[str, int] = {}
        self.opened = self.until = self.shown = 0
        self.voices = _Voices(self)

    # Writing ---------------------------------------------------------------------

    def note(
        self,
        kind: str,
        what: str,
        tail: str = "",
        fresh: bool = False,
        always: bool = False,
    ) -> None:
        """Record one event.

        Args:
            kind: the "e" of the line.
            what: its fields as JSON, without braces; at least one.
            tail: more fields, which do not make it a different event.
            fresh: something moved: what was said before may be said again.
            always: to be written even when the budget is used up.
        """
        if not self.on:
            return
        voice = self.voices.mine
        key = f'"e":"{kind}",{voice.who},{here(3)}{what}'
        now = monotonic_ns()
        if fresh:
            voice.seen.clear()
        elif self._worn(voice, kind, key):
            self._hold(voice, (kind, now, key + tail, fresh))
            return
        if self.full and (self.over or not always):
            self._hold(voice, (kind, now, key + tail, fresh))
            return
        if not self.full and (voice.held or self.counts):
            self._resume(voice)
        self.put(f'{{"t":{now},{key}{tail}}}\n')

    def put(self, line: str) -> None:
        """Write one line at once."""
        data = line.encode()
        _write(self.fd, data)
        self.room -= len(data)
        if self.room < 0:
            self._measure()

    def _measure(self) -> None:
        """Look how much of the budget all the processes have used."""
        used = _fstat(self.fd).st_size - self.base
        self.full = used >= self.budget
        self.over = used >= 2 * self.budget
        self.room = min(_STEP, max(self.budget - used, 0))
        if self.full:
            # The interval doubles with every quarter of the budget, so that a server
            # which runs for an hour leaves little more than one that runs a minute.
            quarters = (used - self.budget) * 4 // max(self.budget, 1)
            self.pace = INTERVAL << min(quarters, 20)

    # Repetitions -----------------------------------------------------------------

    def _worn(self, voice: Voice, kind: str, key: str) -> bool:
        seen = voice.seen
        count = seen.get(key, 0)
        if len(seen) > _MOST_SEEN:
            seen.clear()
        seen[key] = count + 1
        # A turn is written as a whole, or held back as a whole.
        if kind == "wait":
            voice.waited = key
            voice.whole = _MOST_OF_A_TURN if count < REPEATS else 0
            return not voice.whole
        voice.whole -= 1
        return count >= REPEATS and voice.whole <= 0

    def _hold(self, voice: Voice, event: Held) -> None:
        """Keep a line back until it is known whether it matters."""
        held = voice.held
        kind, now, rest, _ = event
        if kind == "wait" or len(held) >= _MOST_HELD:
            if held:
                self._count(voice)
        held.append(event)
        if kind in _SLOTS:
            self.slots.put(voice.ident, _SLOTS[kind], now, rest)

    def _count(self, voice: Voice) -> None:
        """Nothing new came of what was held: it goes into the sum."""
        held, counts = voice.held, self.counts
        self.opened = self.opened or held[0][1]
        self.until = held[-1][1]
        for kind, _, _, fresh in held:
            name = _COUNTED.get(kind, "others")
            counts[name] = counts.get(name, 0) + 1
            if fresh:
                counts["moved"] = counts.get("moved", 0) + 1
        held.clear()
        if self.until - self.opened < self.pace:
            if self.until > self.shown:
                self.shown = self.until + _MOMENT
                self.slots.put(self.pid, _SUM_SLOT, self.until, self._sum())
            return
        self._write_sum()
        # A turn that goes on and on is shown in full once in a while. It begins with
        # the wait that is held by now.
        voice.seen = dict.fromkeys(voice.seen, REPEATS - 1)
        voice.seen[voice.waited] = REPEATS

    def _sum(self) -> str:
        numbers = "".join(f',"{name}":{n}' for name, n in list(self.counts.items()))
        return (
            f'"e":"sum","p":{self.pid},"from":{self.opened},"to":{self.until}{numbers}'
        )

    def _write_sum(self) -> None:
        rest = self._sum()
        self.counts = {}
        self.opened = self.shown = 0
        self.slots.wipe(self.pid, _SUM_SLOT)
        self.put(f'{{"t":{self.until},{rest}}}\n')

    def _resume(self, voice: Voice) -> None:
        """Back to detail: first the sum, then the turn that led here."""
        if self.counts:
            self._write_sum()
        for kind, now, rest, _ in voice.held:
            self.put(f'{{"t":{now},{rest}}}\n')
            if kind == "wait":
                voice.whole = _MOST_OF_A_TURN
        if voice.held:
            voice.held.clear()
            for slot in _SLOTS.values():
                self.slots.wipe(voice.ident, slot)

    # Beginnings and ends -----------------------------------------------------------

    def reborn(self) -> None:
        """In the child of a fork: speak as somebody else, into the same file."""
        if not self.on:
            return
        try:
            parent = self.pid
            self.slots.alone = False
            self._be(_getpid())
            self._measure()
            self.note("born", f'"parent":{parent}', fresh=True, always=True)
        except Exception as error:
            self.trouble(error)

    def last(self, how: str, error: str, kind: str = "", at: Any = None) -> None:
        """Write what is held back, and the last line of this process."""
        try:
            voice = self.voices.mine
            self._resume(voice)
            end = {"how": how, "error": str(error)[:500]}
            end |= {"kind": str(kind)} if kind else {}
            # Not where the process is now: the frame of the exception is gone.
            end |= {"at": at} if at else {}
            what = json.dumps(end, separators=(",", ":"))[1:-1]
            self.put(f'{{"t":{monotonic_ns()},"e":"end",{voice.who},{what}}}\n')
        except Exception as fault:
            self.trouble(fault)

    def trouble(self, error: Exception) -> None:
        """Give up rather than disturb; but an exception of somebody else's goes on."""
        if from_elsewhere(error):
            raise error
        self.on = False
        why = f"{type(error).__name__}: {error}"
        with contextlib.suppress(Exception):
            line = {"t": monotonic_ns(), "e": "off", "p": self.pid, "why": why}
            _write(self.fd, (json.dumps(line) + "\n").encode())

    def stop(self) -> None:
        """Record no more."""
        self.on = False


def _out_of_the_way(fd: int) -> int:
    """Move a descriptor to the highest number there is: learners see the low ones.

    Code that closes all descriptors up to 64, as daemons do, misses it as well.
    """
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    most = 1024 if soft == resource.RLIM_INFINITY else min(soft, 1024)
    try:
        high = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, most - 1)
    except OSError:
        high = fd
    else:
        os.close(fd)
    flags = fcntl.fcntl(high, fcntl.F_GETFL)
    fcntl.fcntl(high, fcntl.F_SETFL, flags | os.O_APPEND)
    return high
