"""A ceiling on the memory of all processes of a sandbox together.

RLIMIT_AS binds each process alone, and a cgroup can be had in few containers. So the
outside looks, a few times a second, and ends the sandbox that takes too much. Between
two looks much can be taken: this keeps a machine alive, and is no exact limit.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache

SECONDS = 0.2
CEILING = 2 << 30
# A loop has two of its own, to wake itself; so have many children.
FEW_SOCKETS = 300
FEW_WIRES = 20
# All of the machine have some two gigabytes for TCP together, and a neighbour needs
# some of that; besides, the kernel takes more for a byte than a byte.
WEIGHT = 4
# What epoll watches has a number for each user, some millions: whoever grades as an
# ordinary user shares them with all sandboxes. One that could have so many is ended.
MOST_WATCHES = 200_000
A_WATCH = CEILING // MOST_WATCHES + 1
# What the kernel keeps of a file in memory besides its bytes: inode, name, a short
# link's target. The size of a tmpfs bounds none of it.
A_FILE = 1300
_FOLDERS = ("tmp", "dev/shm")
_PAGE = os.sysconf("SC_PAGE_SIZE")

TOO_MUCH = f"its processes took more than {CEILING >> 30} GB of memory together"


class MemoryWatch:
    """Looks until it is stopped, from a thread of its own.

    Args:
        keeper: pid of the process below which all of them live.
        end: ends them all.
        ceiling: bytes of memory; CEILING by default.
    """

    def __init__(self, keeper: int, end: Callable[[], object], ceiling: int = 0):
        self.keeper = keeper
        self.end = end
        self.ceiling = ceiling or CEILING
        self.exceeded = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._over.wait(SECONDS):
            if taken(self.keeper, self.ceiling) > self.ceiling:
                self.exceeded = True
                self.end()
                return

    def stop(self) -> None:
        """Look no more."""
        self._over.set()
        self._thread.join(timeout=2)


def taken(keeper: int, enough: int) -> int:
    """Bytes of memory that all below the keeper take together.

    Args:
        keeper: pid of the process above them.
        enough: below so much, the cheap answer will do, in which what they share is
            counted for each of them.
    """
    below = list(_below(keeper))
    total = sum(map(_resident, below))
    if total > enough:
        total = sum(map(_share, below))
    total += A_WATCH * _watches(below)
    total += A_FILE * _made_files(below)
    if not _has_a_network(keeper):
        return total
    of_sockets = max(0, _sockets(keeper) - FEW_SOCKETS) * _a_socket()
    return total + of_sockets + WEIGHT * _on_its_way(keeper)


def _below(keeper: int) -> Iterator[int]:
    """Pids of all below a process.

    psutil would ask every process of the machine, which takes some milliseconds, and
    this is done five times a second.
    """
    ask = [keeper]
    while ask:
        folder = f"/proc/{ask.pop()}/task"
        with suppress(OSError):
            for task in os.listdir(folder):
                with suppress(OSError), open(f"{folder}/{task}/children") as file:
                    found = list(map(int, file.read().split()))
                    yield from found
                    ask += found


def _watches(below: list[int]) -> int:
    """How many files epoll may watch in all processes: each of its own all others.

    The kernel tells of each watch, but slowly. A process has 1,000 descriptors at most,
    and a server far fewer, so that as a rule none of them is looked at.
    """
    files = sum(_of_any_thread(_files_of, pid) for pid in below)
    if (files // 2) ** 2 <= MOST_WATCHES:
        return 0
    return files * sum(_of_any_thread(_epolls_of, pid) for pid in below)


def _made_files(below: list[int]) -> int:
    """How many files, empty or not, there are in the sandbox's own folders.

    All processes see the same ones. Without a sandbox these folders are everybody's,
    and nobody is blamed for what lies in them.
    """
    return next(filter(None, map(_files_seen_by, below)), 0)


def _files_seen_by(pid: int) -> int:
    found = 0
    for folder in _FOLDERS:
        with suppress(OSError):
            ours = os.stat(f"/{folder}")
            theirs = f"/proc/{pid}/root/{folder}"
            if os.stat(theirs).st_dev != ours.st_dev:
                room = os.statvfs(theirs)
                found += room.f_files - room.f_ffree
    return found


def _has_a_network(keeper: int) -> bool:
    """Whether the sandbox has a network of its own, and not ours."""
    with suppress(OSError):
        ours, theirs = (os.stat(f"/proc/{pid}/ns/net") for pid in ("self", keeper))
        return ours.st_ino != theirs.st_ino
    return False


def _sockets(keeper: int) -> int:
    """How many sockets there are in the sandbox's own network; pairs, as a rule.

    The kernel's memory for what lies in them belongs to no process.
    """
    return _count(f"/proc/{keeper}/net/sockstat", "sockets: used")


def _on_its_way(keeper: int) -> int:
    """Bytes that lie in TCP connections within the sandbox's own network.

    A pair of sockets holds megabytes. To ask takes milliseconds, so it is done only
    where there are more than any server needs among its own.
    """
    folder = f"/proc/{keeper}/net"
    four = _count(f"{folder}/sockstat", "TCP: inuse")
    six = _count(f"{folder}/sockstat6", "TCP6: inuse")
    if four + six <= FEW_WIRES:
        return 0
    return _queued(f"{folder}/tcp") + _queued(f"{folder}/tcp6")


def _queued(path: str) -> int:
    total = 0
    with suppress(OSError, ValueError, IndexError), open(path) as file:
        next(file, "")
        for line in file:
            sent, _, received = line.split()[4].partition(":")
            total += int(sent, 16) + int(received, 16)
    return total


def _count(path: str, begins: str) -> int:
    """The number that follows the first words of a line."""
    with suppress(OSError, ValueError), open(path) as file:
        for line in file:
            if line.startswith(begins):
                return int(line.removeprefix(begins).split()[0])
    return 0


@cache
def _a_socket() -> int:
    """What may lie in one at most, in bytes."""
    with suppress(OSError, ValueError), open("/proc/sys/net/core/wmem_max") as file:
        return 2 * int(file.read())
    return 0


def _resident(pid: int) -> int:
    return _of_any_thread(_pages_of, pid)


def _share(pid: int) -> int:
    """What it takes, where a page that ten share counts a tenth."""
    return _of_any_thread(_share_of, pid)


def _of_any_thread(ask: Callable[[str], int], pid: int) -> int:
    """What the first thread is told to have; else another, which has the same.

    One that has ended has nothing any more, though the others may run on.
    """
    found = ask(f"/proc/{pid}")
    if not found:
        with suppress(OSError):
            folder = f"/proc/{pid}/task"
            found = max(ask(f"{folder}/{tid}") for tid in os.listdir(folder))
    return found


def _pages_of(folder: str) -> int:
    with suppress(OSError, ValueError, IndexError), open(f"{folder}/statm") as file:
        return int(file.read().split()[1]) * _PAGE
    return 0


def _files_of(folder: str) -> int:
    with suppress(OSError):
        return len(os.listdir(f"{folder}/fd"))
    return 0


def _epolls_of(folder: str) -> int:
    found = 0
    with suppress(OSError):
        for name in os.listdir(f"{folder}/fd"):
            with suppress(OSError):
                found += "eventpoll" in os.readlink(f"{folder}/fd/{name}")
    return found


def _share_of(folder: str) -> int:
    with suppress(OSError, ValueError), open(f"{folder}/smaps_rollup") as file:
        for line in file:
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    return 0
