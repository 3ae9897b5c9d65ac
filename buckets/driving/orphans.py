"""Processes that have left their family, where no sandbox holds them together.

A process that forks twice, and ends in between, is nobody's child any more: it falls to
the system's process 1, and a look at the family does not see it. A grader that asks to
be the reaper gets such processes itself (prctl(2), PR_SET_CHILD_SUBREAPER, Linux). In a
sandbox nobody needs to ask: there they fall to the sandbox's own process 1.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

_SET_CHILD_SUBREAPER = 36
_MOST_ROUNDS = 200

_asked: int | None = None


def adopt() -> None:
    """From now on whoever is orphaned below this process becomes its child.

    For a process that does nothing but grade: it is the only one that waits for them.
    """
    global _asked
    if sys.platform == "linux" and not _prctl(_SET_CHILD_SUBREAPER, 1):
        _asked = os.getpid()


def adopt_no_more() -> None:
    """Whoever is orphaned from now on falls to the system again."""
    global _asked
    if adopting():
        _prctl(_SET_CHILD_SUBREAPER, 0)
    _asked = None


def adopting() -> bool:
    """Whether orphans fall to this process."""
    return _asked == os.getpid()


def _prctl(option: int, value: int) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    return int(libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0))


def adopted() -> list[int]:
    """Pids of those that fell to this process, zombies waited for and left out.

    Everybody that it starts itself is in its own session, or leads one.
    """
    if not adopting():
        return []
    ours, found = os.getsid(0), []
    with _starting:
        for pid in _children():
            with suppress(OSError):
                if os.getsid(pid) not in (ours, pid) or _left_behind(pid):
                    found.append(pid)
    return [pid for pid in found if not _reaped(pid)]


# Those that this process started itself, as leaders of a session.
_started: set[int] = set()
# Held while one is started. The next server's process is started while a test still
# counts: it is a child of ours before its number is known, and would pass for one that
# was left behind.
_starting = threading.RLock()


@contextmanager
def starting() -> Iterator[None]:
    """Start a child in here, and say its number by started(), before anybody counts."""
    with _starting:
        yield


def started(pid: int) -> None:
    """Say that this process has a child of its own, which is no orphan."""
    _started.add(pid)


def ended(pid: int) -> None:
    """Say that it has been waited for: its number may come again."""
    _started.discard(pid)


def _left_behind(pid: int) -> bool:
    return os.getsid(pid) == pid and pid not in _started


def _children() -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in os.listdir("/proc/self/task"):
            with suppress(OSError), open(f"/proc/self/task/{task}/children") as file:
                found += map(int, file.read().split())
    return found


def _reaped(pid: int) -> bool:
    """Whether it had ended; then it is waited for."""
    with suppress(OSError):
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    return True


def family() -> list[psutil.Process]:
    """Those that fell to this process, and all below them."""
    found: list[psutil.Process] = []
    for pid in adopted():
        with suppress(psutil.Error):
            orphan = psutil.Process(pid)
            found += [orphan, *orphan.children(recursive=True)]
    return found


def end(child: int) -> None:
    """Kill all that fell to this process, until nobody is left.

    Args:
        child: pid of the process they came from, which has ended.
    """
    _started.discard(child)
    for _ in range(_MOST_ROUNDS):
        left = family()
        if not left:
            return
        for process in left:
            with suppress(psutil.Error, OSError):
                process.send_signal(signal.SIGKILL)
        # Again: it may have forked while we looked.
        time.sleep(0.001)
