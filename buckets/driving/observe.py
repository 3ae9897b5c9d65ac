"""What the operating system says about a learner's server, seen from outside.

Nothing here asks the server itself: threads, children, CPU time, descriptors and the
call in which a process sleeps are facts of the kernel, and a server cannot argue
with them. psutil gives what every system has; Linux's /proc sharpens some of it.
"""

from __future__ import annotations

import os
import platform
import select
import signal
import socket
import struct
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import psutil

from buckets.driving import orphans
from buckets.driving.helpers import Helpers

# Numbers of the calls that a server is found in; from the kernel's own tables.
_X86_64 = {
    0: "read", 1: "write", 7: "poll", 23: "select", 34: "pause", 35: "sleep",
    40: "sendfile", 42: "connect", 43: "accept", 44: "send", 45: "recv", 46: "send",
    47: "recv", 61: "waitpid", 202: "lock", 230: "sleep", 232: "epoll_wait",
    247: "waitpid", 270: "select", 271: "poll", 281: "epoll_wait", 288: "accept",
    441: "epoll_wait",
}  # fmt: skip
_AARCH64 = {
    22: "epoll_wait", 63: "read", 64: "write", 71: "sendfile", 72: "select", 73: "poll",
    95: "waitpid", 98: "lock", 101: "sleep", 115: "sleep", 202: "accept",
    203: "connect",
    206: "send", 207: "recv", 211: "send", 212: "recv", 242: "accept",
    260: "waitpid", 441: "epoll_wait",
}  # fmt: skip
SYSCALLS = {"x86_64": _X86_64, "aarch64": _AARCH64}.get(platform.machine(), {})

# Which argument of a call says how long it waits at most: milliseconds in a register,
# or the address of two numbers, seconds and a fraction in the unit given here.
_MS = None
_LIMITS_X86_64 = {
    7: (3, _MS), 23: (5, 1e-6), 232: (4, _MS), 270: (5, 1e-9), 271: (3, 1e-9),
    281: (4, _MS), 441: (4, 1e-9),
}  # fmt: skip
_LIMITS_AARCH64 = {22: (4, _MS), 72: (5, 1e-9), 73: (3, 1e-9), 441: (4, 1e-9)}
LIMITS = {"x86_64": _LIMITS_X86_64, "aarch64": _LIMITS_AARCH64}.get(
    platform.machine(), {}
)

_PIDFD_GETFD = 438  # on every architecture
_TIMEOUTS = socket.SO_RCVTIMEO, socket.SO_SNDTIMEO
_ALARMS = 1 << (signal.SIGALRM - 1)

FEW_NAPS = 2
"""Who goes to sleep as seldom in a watch does not rest."""

MOST_ASKED = 64
MOST_FILE = 1 << 14

# What is told of a process whose first thread has ended, and whose others have not.
HEADLESS = "headless"
HEADLESS_SECONDS = 5.0

# In the place of a pidfd: this system has none, or it was given back.
NONE_TO_HAVE, CLOSED = -1, -2

WAITS = {"select", "poll", "epoll_wait"}
# Calls on whose time limit limit() knows everything, and those that have none.
EVENTS = WAITS | {"accept", "recv", "send", "read", "write", "pause"}


@dataclass(frozen=True)
class Vitals:
    """A reading of a server and everybody it started.

    CPU time is in seconds since the start; memory in bytes. `hidden` says that one of
    the processes does not let anybody see its descriptors. `helpers` are processes that
    stand beside it, see buckets.driving.helpers, and are counted nowhere else here.
    """

    processes: int
    threads: int
    zombies: int
    descriptors: int
    memory: int
    cpu: float
    switches: int
    hidden: bool = False
    helpers: int = 0


@dataclass(frozen=True)
class Memory:
    """The memory of a server and everybody it started, in bytes.

    After a fork parent and child share every page until one of them writes to it. So
    there is no single answer to how much each of them has.

    Args:
        processes: how many were asked.
        resident: what each has in memory, added up: a page that ten share is counted
            ten times.
        proportional: the same, but of a page that ten share each counts a tenth. The
            sum is what all of them take together. None where it is not told (macOS).
        unique: pages that only one has, which would be free again if it ended.
    """

    processes: int
    resident: int
    proportional: int | None
    unique: int


@dataclass(frozen=True)
class Rest:
    """How a server spent a stretch of time in which nobody wanted anything.

    `awake_share` is the share of looks at which it ran or waited for a CPU; `naps` is
    how often it went to sleep of its own accord. On a machine whose CPUs are all busy,
    a spinning server gets little CPU time, and yet never sleeps; one that naps between
    its rounds may seem awake at every look, because it waits for a CPU. `restless` says
    that one thread was awake at every look and took no naps, whatever the others did.
    """

    seconds: float
    cpu_share: float
    awake_share: float
    wakeups: int
    naps: int
    restless: bool = False

    @property
    def spinning(self) -> bool:
        """It never came to rest."""
        awake = self.awake_share > 0.8 and self.naps < FEW_NAPS
        return self.cpu_share > 0.4 or awake or self.restless


class Process:
    """A process and its descendants, by pid, as the operating system sees them.

    A process that is gone has no vitals: readings are zero, never an exception,
    because it may go between any two lines.

    Args:
        pid: its number.
        keeper: the process to which its orphans fall, and nobody else's: process 1 of
            its sandbox. Without one, those count that fell to this process, see
            buckets.driving.orphans.
    """

    def __init__(self, pid: int, keeper: int | None = None):
        self.pid = pid
        self.keeper = keeper
        self._pidfd = _pidfd(pid)
        self._process: psutil.Process | None = None
        self._family: list[psutil.Process] = []
        self._spent: int | None = None
        self._sure = False
        self._helpers: Helpers | None = None
        with suppress(psutil.Error):
            self._process = psutil.Process(pid)

    def close(self) -> None:
        """Let go of it: from now on no signal reaches it."""
        if self._pidfd >= 0:
            os.close(self._pidfd)
        self._pidfd = CLOSED

    def signal(self, number: int) -> bool:
        """Send a signal to the process itself, never to one that got its number.

        Returns:
            False when it is gone.
        """
        try:
            if self._pidfd >= 0:
                signal.pidfd_send_signal(self._pidfd, number)
            elif self._pidfd == NONE_TO_HAVE and self.alive():
                os.kill(self.pid, number)
            else:
                return False
        except OSError:
            return False
        return True

    @property
    def seen(self) -> int:
        """How many were in the family at the last look."""
        return len(self._family)

    def ignores(self, number: int) -> bool:
        """Whether it has told the kernel to drop this signal; False if not known."""
        return _has_bit(self.pid, "SigIgn", 1 << (number - 1))

    def hold_still(self) -> None:
        """Stop it and all of its process group, in one go, until it is ended."""
        with suppress(OSError):
            group = os.getpgid(self.pid)
            if group != os.getpgrp():
                os.killpg(group, signal.SIGSTOP)

    def family(self) -> list[psutil.Process]:
        """The process and its descendants, zombies included.

        Who has left the family by a second fork() still belongs to it.

        Whoever looks for descendants must ask all processes of the system. While no
        member runs, there are no new ones; so it is done again only after one has run.
        """
        if self._process is None:
            return []
        if not self._sure or _spent(self._family) != self._spent:
            before = self._family, self._spent
            self._family = self._look_for_family()
            self._spent = _spent(self._family)
            # Somebody may have been born after the look and before the reading. A
            # second look finds them, and nobody had run between two equal readings.
            now = self._family, self._spent
            self._sure = self._spent is not None and now == before
        return list(self._family)

    def _look_for_family(self) -> list[psutil.Process]:
        assert self._process
        with suppress(psutil.Error):
            alone = self._is_alone()
            if self.keeper is not None:
                keeper = psutil.Process(self.keeper)
                return [self._process] if alone else self._kept_family(keeper)
            found = [self._process]
            if not alone:
                found += self._process.children(recursive=True)
            known = {member.pid for member in found}
            return found + [one for one in orphans.family() if one.pid not in known]
        return []

    def _is_alone(self) -> bool:
        """Whether the kernel knows of no child of it, nor of another of its keeper's.

        A hundred times cheaper than to ask all processes of the system. Of several
        children this list may miss one while another ends (proc(5)); of none it cannot.
        """
        own = _tasks(self.pid, "children")
        if not own or any(own):
            return False
        kept = self.keeper and " ".join(_tasks(self.keeper, "children")).split()
        return not kept or kept == [str(self.pid)]

    def _kept_family(self, keeper: psutil.Process) -> list[psutil.Process]:
        """The process first, and all others that live below its keeper."""
        assert self._process
        below = keeper.children(recursive=True)
        below = [one for one in below if one.pid != self.pid]
        return [self._process, *(one for one in below if not self._is_reaped(one))]

    def _is_reaped(self, process: psutil.Process) -> bool:
        """A zombie that its keeper is about to wait for is nobody's fault."""
        with suppress(psutil.Error):
            zombie = _status(process) == psutil.STATUS_ZOMBIE
            return zombie and process.ppid() == self.keeper
        return True

    def alive(self) -> bool:
        """True while the process itself runs; a zombie has ended."""
        if self._pidfd >= 0:
            return not _readable(self._pidfd)
        with suppress(psutil.Error):
            return bool(
                self._process
                and self._process.is_running()
                and self._process.status() != psutil.STATUS_ZOMBIE
            )
        return False

    def stopped(self) -> bool:
        """True while a SIGSTOP holds it."""
        return self._process is not None and _status(self._process) == (
            psutil.STATUS_STOPPED
        )

    def begins(self) -> None:
        """Its task is called next: whoever is there by now was started before."""
        others = self.family()[1:]
        if others or len(_tasks(self.pid, "stat")) > 1:
            self._helpers = Helpers(self.pid, others)

    def own(self) -> list[psutil.Process]:
        """Its family, without those that only stand beside it."""
        return self._without_helpers(self.family())

    def _without_helpers(self, family: list[psutil.Process]) -> list[psutil.Process]:
        aside = self._helpers.among(family[1:]) if self._helpers else []
        return [member for member in family if member not in aside] if aside else family

    def vitals(self) -> Vitals:
        """One reading of everything; about 2 ms for a single process."""
        whole = self.family()
        family = self._without_helpers(whole)
        idle = self._helpers.threads() if self._helpers else 0
        zombies = [p for p in family if _status(p) == psutil.STATUS_ZOMBIE]
        living = [p for p in family if p not in zombies]
        return Vitals(
            processes=len(living),
            threads=sum(_ask(p, "num_threads") for p in living) - idle,
            zombies=len(zombies),
            descriptors=sum(_ask(p, "num_fds") for p in living),
            memory=sum(_memory(p) for p in living),
            cpu=sum(_cpu(p) for p in living),
            switches=sum(_switches(p) for p in living),
            hidden=any(_is_hidden(p) for p in living),
            helpers=len(whole) - len(family),
        )

    def children(self) -> tuple[int, int]:
        """How many of its descendants live, and how many are zombies."""
        states = [_status(member) for member in self.own()[1:]]
        dead = states.count(psutil.STATUS_ZOMBIE)
        return len(states) - dead - states.count("gone"), dead

    def orphans(self) -> int:
        """How many of its living descendants are no children of its own."""
        count = 0
        for member in self.own()[1:]:
            with suppress(psutil.Error):
                zombie = member.status() == psutil.STATUS_ZOMBIE
                count += member.ppid() != self.pid and not zombie
        return count

    def memory(self) -> Memory:
        """A reading of everybody's memory; well under 1 ms for each process."""
        each = [found for p in self.own() if (found := _shares(p))]
        known = [pss for _, pss, _ in each if pss is not None]
        return Memory(
            processes=len(each),
            resident=sum(rss for rss, _, _ in each),
            proportional=sum(known) if len(known) == len(each) else None,
            unique=sum(uss for _, _, uss in each),
        )

    def activity(self) -> tuple[float, int, bool]:
        """CPU seconds, context switches and whether any of it wants to run now.

        Of a very large family only the eldest are asked: a look must stay a look.
        """
        family = self.family()[:MOST_ASKED]
        running = any(_wants_cpu(p) for p in family)
        return sum(map(_cpu, family)), sum(map(_switches, family)), running

    def stirring(self) -> tuple[float, int, bool]:
        """As activity(); hardly dearer than a glance where it has no children."""
        if self._process is None or any(_tasks(self.pid, "children") or ["?"]):
            return self.activity()
        alone = self._process
        return _cpu(alone), _switches(alone), _wants_cpu(alone)

    def still(self, seconds: float = 0.02) -> bool:
        """True when nothing of it stirred for a moment, and nothing wants to.

        Args:
            seconds: the moment. Who is waked by somebody is not still, however short
                its turns are; who waits for a CPU is not, either.
        """
        before = self.activity()
        time.sleep(seconds)
        return before[1:] == self.activity()[1:] and not before[2]

    def rest(self, seconds: float = 0.5) -> Rest:
        """Watch for a while and say how much it stirred.

        Args:
            seconds: how long to watch. This is one of the few places that wait.
        """
        start, (cpu, switches, _) = time.monotonic(), self.activity()
        naps = self._naps()
        first = self._threads()
        restless = set(first)
        awake, elapsed = [], 0.0
        while elapsed < seconds:
            time.sleep(0.02)
            cpu_after, switches_after, running = self.activity()
            awake.append(running)
            now = self._threads() if restless else {}
            restless &= {tid for tid in now if _no_rest(first.get(tid), now[tid])}
            # A look at hundreds of processes may take longer than the whole watch.
            elapsed = time.monotonic() - start
        return Rest(
            seconds=elapsed,
            cpu_share=max(0.0, cpu_after - cpu) / elapsed,
            awake_share=sum(awake) / len(awake),
            wakeups=max(0, switches_after - switches),
            naps=max(0, self._naps() - naps),
            restless=bool(restless),
        )

    def _threads(self) -> dict[int, tuple[bool, int]]:
        """By number: whether it wants a CPU, and how often it has gone to sleep."""
        found: dict[int, tuple[bool, int]] = {}
        for member in self.family()[:MOST_ASKED]:
            for text in _tasks(member.pid, "status")[:MOST_ASKED]:
                words = dict(line.split(":", 1) for line in text.splitlines())
                runs = words.get("State", "").strip()[:1] in ("R", "D")
                naps = words.get("voluntary_ctxt_switches", "0")
                found[int(words.get("Pid", "0"))] = runs, int(naps)
        return found

    def _naps(self) -> int:
        return sum(_switches(member, ["voluntary"]) for member in self.family())

    def call(self) -> str | None:
        """The system call in which the main thread sleeps, by its everyday name.

        Returns:
            "recv", "select", ...; "running" when it sleeps in none; None where the
            system does not tell (only Linux does).
        """
        number = next(iter(self._syscall()), "")
        if number == "running":
            return "running"
        return SYSCALLS.get(int(number)) if number.isdigit() else None

    def waits_for_one(self) -> bool:
        """Whether it sleeps in a poll() for one descriptor and no other.

        That is how a call on a socket with a time limit waits. Who looks after several
        clients has the listener to watch, too.
        """
        words = self._syscall()
        number = words[0] if words else ""
        if not number.isdigit() or SYSCALLS.get(int(number)) != "poll":
            return False
        return int(words[2], 16) == 1

    def limit(self) -> float | None:
        """How long the call in which the main thread sleeps waits at most.

        Returns:
            Seconds; 0 for a plain sleep(), which nothing that comes can end. None
            where only an event will wake it, and where the system does not tell.
        """
        return self._limit_in(self._syscall())

    def limits(self) -> list[float]:
        """For how long the calls in which its threads sleep wait at most, in seconds.

        Those that only an event will wake are left out. Empty where nothing is told.
        """
        found = map(self._limit_in, map(str.split, _tasks(self.pid, "syscall")))
        return [limit for limit in found if limit is not None]

    def _limit_in(self, words: list[str]) -> float | None:
        number = int(words[0]) if words and words[0].isdigit() else -1
        if SYSCALLS.get(number) == "sleep":
            return 0.0
        place, unit = LIMITS.get(number, (0, _MS))
        if not place:
            return None
        value = int(words[place], 16)
        if unit is _MS:
            return None if value & (1 << 31) else value / 1000
        return self._duration(value, unit) if value else None

    def waits_for_events(self) -> bool:
        """Whether it is one thread, in a call that no clock will end.

        False, too, for one that has set itself an alarm, and where the system does not
        tell (only Linux does).
        """
        if len(self.family()) != 1 or len(_tasks(self.pid, "stat")) != 1:
            return False
        if _has_a_clock(self.pid):
            return False
        return self.call() in EVENTS and self.limit() is None

    def outlasts_its_socket(self) -> bool:
        """Whether the call in which it sleeps has no limit from its socket, either.

        recv(), send() and accept() end by SO_RCVTIMEO or SO_SNDTIMEO where they are
        set, and nothing in /proc tells of that; the socket itself does.

        Returns:
            False, too, where it may not be asked.
        """
        if self.call() in WAITS:
            return True
        with suppress(OSError, ValueError, IndexError):
            return _waits_for_ever(self._pidfd, int(self._syscall()[1], 16))
        return False

    def _syscall(self) -> list[str]:
        """The number of the call in which the main thread is, and its arguments."""
        with suppress(OSError):
            return _small(f"/proc/{self.pid}/syscall").split()
        return []

    def _duration(self, address: int, unit: float) -> float | None:
        """Seconds, from the two numbers at this address of the process."""
        # OverflowError: what stands in a register may be no address at all.
        with (
            suppress(OSError, OverflowError, ValueError, struct.error),
            open(f"/proc/{self.pid}/mem", "rb") as memory,
        ):
            memory.seek(address)
            seconds, fraction = struct.unpack("=qq", memory.read(16))
            return float(seconds + fraction * unit)
        return None


def _ask(process: psutil.Process, method: str) -> int:
    with suppress(psutil.Error, AttributeError):
        return int(getattr(process, method)())
    return 0


def _is_hidden(process: psutil.Process) -> bool:
    """Whether it lives and may not be looked into: it is no learner's accident."""
    if _stays_headless(process):
        return True
    try:
        process.num_fds()
    except psutil.AccessDenied:
        # One that is about to end has no memory any more, and is seen by root only.
        return _memory(process) > 0
    except (psutil.Error, AttributeError):
        return False
    return False


def _status(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        status = str(process.status())
        if status == psutil.STATUS_ZOMBIE and _lives_on(process.pid):
            return HEADLESS
        return status
    return "gone"


def _stays_headless(process: psutil.Process) -> bool:
    """Whether its other threads run on; those of one that ends are soon gone, too."""
    until = time.monotonic() + HEADLESS_SECONDS
    while _status(process) == HEADLESS:
        if time.monotonic() > until:
            return True
        time.sleep(0.01)
    return False


def _lives_on(pid: int) -> bool:
    """Whether threads of a process run on, though its first one has ended.

    The kernel then shows it as a zombie, without memory and open files.
    """
    return any(_state(text) not in "ZX" for text in _tasks(pid, "stat"))


def _memory(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        return int(process.memory_info().rss)
    return 0


def _shares(process: psutil.Process) -> tuple[int, int | None, int] | None:
    """Resident, proportional and unique bytes; None of a zombie or who is gone."""
    with suppress(OSError, ValueError, KeyError):
        text = _small(f"/proc/{process.pid}/smaps_rollup")
        words = [line.split() for line in text.splitlines()[1:]]
        kib = {word[0]: int(word[1]) for word in words}
        private = kib["Private_Clean:"] + kib["Private_Dirty:"]
        return kib["Rss:"] << 10, kib["Pss:"] << 10, private << 10
    with suppress(psutil.Error):
        told = process.memory_full_info()
        return told.rss, getattr(told, "pss", None), told.uss
    return None


def _tasks(pid: int, name: str) -> list[str]:
    """The same small file of every thread; empty where /proc is not Linux's."""
    found, folder = [], f"/proc/{pid}/task"
    with suppress(OSError):
        for task in os.listdir(folder):
            # Not pathlib: this is done at every look.
            with suppress(OSError):
                found.append(_small(f"{folder}/{task}/{name}"))
    return found


def _has_a_clock(pid: int) -> bool:
    """Whether a timer of its own may wake it: by a signal, or as a descriptor."""
    if _has_bit(pid, "SigCgt", _ALARMS):
        return True
    with suppress(OSError):
        if _small(f"/proc/{pid}/timers"):
            return True
        folder = f"/proc/{pid}/fd"
        links = (os.readlink(f"{folder}/{fd}") for fd in os.listdir(folder))
        return any("[timerfd]" in link for link in links)
    return False


def _has_bit(pid: int, row: str, bits: int) -> bool:
    """Whether one of these signals is in a row of the kernel's; False if not told."""
    with suppress(OSError, ValueError, IndexError):
        told = _small(f"/proc/{pid}/status").partition(f"{row}:")[2]
        return bool(int(told.split()[0], 16) & bits)
    return False


def _small(path: str) -> str:
    """A small file of the kernel's; a process may bear a name that is no UTF-8."""
    with open(path, "rb", 0) as file:
        return (file.read(MOST_FILE) or b"").decode(errors="replace")


def _pidfd(pid: int) -> int:
    """A descriptor that stands for this process, and for none that comes after it."""
    if not hasattr(os, "pidfd_open"):
        return NONE_TO_HAVE
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return CLOSED
    except OSError:
        return NONE_TO_HAVE


def _waits_for_ever(pidfd: int, fd: int) -> bool:
    """Whether this descriptor of a process is a socket without time limits.

    Raises:
        OSError: it is none, or may not be looked at.
    """
    # Late: only who waits in vain comes here.
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    copy = libc.syscall(_PIDFD_GETFD, pidfd, fd, 0)
    if copy < 0:
        raise OSError(ctypes.get_errno(), "pidfd_getfd")
    with socket.socket(fileno=copy) as ours:
        limits = [ours.getsockopt(socket.SOL_SOCKET, one, 16) for one in _TIMEOUTS]
    return not any(map(any, limits))


def _readable(fd: int) -> bool:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(0))


def _spent(family: Sequence[psutil.Process]) -> int | None:
    """CPU time of all, in ns. None while one runs, and where nobody counts in ns.

    The kernel adds the time up when a thread goes off its CPU, and at each tick.
    """
    states = [text for each in family for text in _tasks(each.pid, "stat")]
    spent = [text for each in family for text in _tasks(each.pid, "schedstat")]
    if not spent or any(_state(text) == "R" for text in states):
        return None
    return sum(int(text.split()[0]) for text in spent if text)


def _state(stat: str) -> str:
    return stat.rpartition(")")[2].split()[0]


def _cpu(process: psutil.Process) -> float:
    """CPU seconds. schedstat counts nanoseconds; psutil's clock ticks at 10 ms."""
    stats = _tasks(process.pid, "schedstat")
    if stats:
        return sum(int(text.split()[0]) for text in stats) / 1e9
    with suppress(psutil.Error):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0


def _switches(
    process: psutil.Process, kinds: Sequence[str] = ("voluntary", "nonvoluntary")
) -> int:
    """Times it went to sleep (voluntary) or was made to wait, over all its threads."""
    wanted = {f"{kind}_ctxt_switches:" for kind in kinds}
    total = 0
    for text in _tasks(process.pid, "status"):
        words = [line.split() for line in text.splitlines()]
        total += sum(int(each[1]) for each in words if each and each[0] in wanted)
    if total:
        return total
    with suppress(psutil.Error, NotImplementedError):
        counts = process.num_ctx_switches()
        forced = counts.involuntary if "nonvoluntary" in kinds else 0
        return int(counts.voluntary + forced)
    return 0


def _no_rest(before: tuple[bool, int] | None, now: tuple[bool, int]) -> bool:
    """Whether a thread runs, and has gone to sleep hardly ever since `before`."""
    return before is not None and now[0] and now[1] - before[1] < FEW_NAPS


def _wants_cpu(process: psutil.Process) -> bool:
    """True if any thread runs or waits for a CPU (state R) or a disk (state D)."""
    stats = _tasks(process.pid, "stat")
    if stats:
        return any(_state(text) in "RD" for text in stats)
    return _status(process) in (psutil.STATUS_RUNNING, psutil.STATUS_DISK_SLEEP)
