"""Who stands beside a server before it is called: what its cells left running.

A Manager at the top of a cell starts a process, SharedMemory one that keeps count of
it, a Queue that something was put into a thread. They are part of the scene, as the
notebook's other names are, and nothing that the task has become. So they are not
counted with the server, unless they work for it: whoever holds a connection does, and
whoever has stirred since, but for the library's own helpers, which stir when the
notebook's names are used. That they sleep or spin is looked at as ever: see
buckets.driving.observe.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

# How the library starts its helpers anew, and where a manager listens.
_STARTED_AS = (
    "from multiprocessing.resource_tracker import main",
    "from multiprocessing.forkserver import main",
)
_MANAGER = re.compile(r" 00010000 0001 01 +(\d+) \S*/pymp-\S+$", re.M)
_LISTENS = "0A"

# What a cell has started last may still be busy with that.
_SETTLES, _LOOK = 1.0, 0.02


class Helpers:
    """Processes and threads that are there before a task is called.

    Args:
        pid: the process that will call it.
        others: its living descendants, and its zombies.
    """

    def __init__(self, pid: int, others: Iterable[psutil.Process]):
        self._pid = pid
        self._known = list(others)
        self._threads, self._stirred = self._settled()

    def _settled(self) -> tuple[dict[int, str], dict[int, str]]:
        """How often each has slept and waited, once nothing stirs any more."""
        until = time.monotonic() + _SETTLES
        found = self._look()
        while any(found) and time.monotonic() < until:
            time.sleep(_LOOK)
            before, found = found, self._look()
            if found == before:
                break
        return found

    def _look(self) -> tuple[dict[int, str], dict[int, str]]:
        others = _switches_of_threads(self._pid)
        others.pop(self._pid, None)
        return others, {known.pid: _switches(known.pid) for known in self._known}

    def among(self, family: Iterable[psutil.Process]) -> list[psutil.Process]:
        """Those of a family that are helpers, and do nothing for the server."""
        found = [one for one in family if one in self._known]
        if not found:
            return []
        taken = _connections()
        return [one for one in found if self._stands_by(one, taken)]

    def _stands_by(self, process: psutil.Process, taken: set[str]) -> bool:
        with suppress(psutil.Error):
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
        pid, sockets = process.pid, _sockets(process.pid)
        if sockets & taken:
            return False
        return _switches(pid) == self._stirred[pid] or _is_the_librarys(pid, sockets)

    def threads(self) -> int:
        """How many threads of the server's process have done nothing since."""
        now = _switches_of_threads(self._pid) if self._threads else {}
        return sum(now.get(tid) == switches for tid, switches in self._threads.items())


def _is_the_librarys(pid: int, sockets: set[str]) -> bool:
    """Whether this process was started by multiprocessing, for its own needs."""
    with suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        if words.split("\0", 1)[-1].split("-c\0")[-1].startswith(_STARTED_AS):
            return True
        listens = Path(f"/proc/{pid}/net/unix").read_text(errors="replace")
        return bool(sockets & set(_MANAGER.findall(listens)))
    return False


def _connections() -> set[str]:
    """The sockets of all TCP connections, by their numbers in the kernel's table."""
    with suppress(OSError):
        lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
        rows = map(str.split, lines)
        return {row[9] for row in rows if row[3] != _LISTENS}
    return set()


def _sockets(pid: int) -> set[str]:
    found, folder = set(), f"/proc/{pid}/fd"
    with suppress(OSError):
        for name in os.listdir(folder):
            with suppress(OSError):
                link = os.readlink(f"{folder}/{name}")
                if link.startswith("socket:["):
                    found.add(link[8:-1])
    return found


def _switches_of_threads(pid: int) -> dict[int, str]:
    found, folder = {}, f"/proc/{pid}/task"
    with suppress(OSError):
        for name in os.listdir(folder):
            found[int(name)] = _switches_in(f"{folder}/{name}")
    return found


def _switches(pid: int) -> str:
    threads = _switches_of_threads(pid)
    return " ".join(f"{tid}:{told}" for tid, told in sorted(threads.items()))


def _switches_in(folder: str) -> str:
    with suppress(OSError):
        text = Path(folder, "status").read_text(errors="replace")
        return " ".join(re.findall(r"ctxt_switches:\s*(\d+)", text))
    return ""
